"""What WeChat pushes, and what is answered."""
