"""Over-segmentation: scans cut into small homogeneous regions, and regions into a graph."""
