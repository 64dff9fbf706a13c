"""Charts that follow the theme and the language, on the screen and on paper."""
