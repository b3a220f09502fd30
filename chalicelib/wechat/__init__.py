"""WeChat, both ways: what the platform pushes, what is answered, and what its errors ask for."""
