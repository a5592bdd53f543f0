"""Full screen: what a projector shows of a run, its picture and three figures."""
