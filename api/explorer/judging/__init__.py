"""What was checked and found, and what differs between versions and days."""
