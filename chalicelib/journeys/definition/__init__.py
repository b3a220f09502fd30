"""What the document of a journey says, whether that makes a journey, and what the engine needs of it. No I/O."""
