"""What events do to journeys, as the merge lambda hears of them."""
