"""What fans see at the bottom of an account: menus as definitions, personal ones for segments."""
