"""Files of demonstrations in several formats: how each becomes ``Trajectories``, and the other way round."""
