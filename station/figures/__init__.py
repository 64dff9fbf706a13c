"""What the charts of the yield show: counted by the store, judged here."""
