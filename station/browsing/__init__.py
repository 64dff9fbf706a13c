"""What a person who looks into the history asks: pictures, periods, names, copies for others."""
