"""Pictures of every screen, to be looked at: `make look`. The README shows four of them."""
