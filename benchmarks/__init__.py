"""Programs that the README's figures come from."""
