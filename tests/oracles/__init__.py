"""Other people's implementations of WeChat's formats, asked the same questions as ours."""
