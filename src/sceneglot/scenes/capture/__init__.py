"""Own captures: posed colour and depth pictures, in the layouts people have, fused to a scene.

`layouts` finds out what a folder is, one module per layout lists its frames, `frames` reads pictures, `samples` turns
a depth picture into points with normals, `fusion` averages them in voxels, `upright` finds what is up, and `build`
makes the Scene.
"""
