"""What should come out of a folder that holds no data of any format: no row, and a finding for each file.

Usage: count_nothing.py FOLDER. An archive stands for the one file in it."""
import sys
from pathlib import Path

files = [path for path in Path(sys.argv[1]).rglob("*") if path.is_file()]
print("FILE-UNKNOWN", len(files))
