"""What readers see, draw and score: tasks, the dealing of cases, readings and their files.

A reading is kept as plain files in ``OUT/readings/READER/CASE``: masks on the grid that was
acquired, the scores as JSON, and every change as a line of a log whose lines hold each other's
hash. The room in which readings are made is `mri_bme.reading_room`.
"""
