"""Where finished functions come alive: text in the terminal, the web page, the x-ray, the benchmark."""
