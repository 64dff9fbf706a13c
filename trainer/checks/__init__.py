"""What is wrong with a data folder, or would make its figures look better than they are."""
