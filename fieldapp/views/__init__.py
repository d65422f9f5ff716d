"""Pages of the office, one blueprint a noun; the phone's shell (phone.py) and the wire (sync.py)."""
