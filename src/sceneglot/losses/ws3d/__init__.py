"""WS3D-style fine-tuning losses: a reconstruction of WS3D / WS3D++ (arXiv 2312.00663), whose formulas are not public.

Known of the paper: a supervised loss on labelled points; a boundary-aware energy loss that uses predicted region
boundaries and makes the network sure of itself there; a region-level contrast on confident predictions (threshold
gamma, temperature tau) at several stages. Every formula in this folder satisfies that and names its own source. Each
term is a pure function, has a weight and a schedule of its own (`config`), and is logged apart.
"""
