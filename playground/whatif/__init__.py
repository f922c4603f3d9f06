"""What if: pico itself inside one HTML page, where anything can be changed, and small pages that move."""
