#!/usr/bin/env bash
# NumPy's wheel for musl is tagged musllinux_1_2, that is for musl 1.2.0 and newer, but libraries that it carries (libgcc_s, libgfortran,
# libstdc++) have relative relocations of the kind DT_RELR, which musl reads from 1.2.4 on. An older loader, such as the 1.2.3 of
# Debian 12, leaves them undone without a word, and `import numpy` jumps to an address that is none. Only the headers are read here.
# Seen with numpy 2.4.6 on x86-64. Guessed before: what the tag promises, checked when the wheel was repaired.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyelftools==0.33
"$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary :all: --python-version 3.11 \
    --platform musllinux_1_2_x86_64 --dest "$folder" numpy==2.4.6
cd "$folder"
cat > headers.py <<'PYTHON'
import io
import sys
import zipfile

from elftools.elf.elffile import ELFFile

print(sys.argv[1])
relative = set()
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for name in wheel.namelist():
        if ".so" in name:
            dynamic = ELFFile(io.BytesIO(wheel.read(name))).get_section_by_name(".dynamic")
            if any(tag.entry.d_tag in ("DT_RELR", 36) for tag in dynamic.iter_tags()):
                relative.add(name.split("/")[-1].split("-")[0])
print("DT_RELR in", sorted(relative))
assert "libgcc_s" in relative, "behaves otherwise now: musl before 1.2.4 could load it"
PYTHON
"$folder/venv/bin/python" headers.py ./*.whl
