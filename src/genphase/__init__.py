"""Phase portraits of signal recovery with generative-network priors."""
