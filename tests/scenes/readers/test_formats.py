"""LAS, E57 and text files written here byte by byte, read back; and what damage does to them."""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sceneglot.errors import BadFileError
from sceneglot.scenes.files import read_scene
from sceneglot.scenes.readers.e57 import crc32c

RNG = np.random.default_rng(0)
XYZ = np.round(RNG.uniform(-5, 5, (500, 3)), 3)
RGB = RNG.integers(0, 256, (500, 3)).astype(np.uint8)
STRENGTH = RNG.integers(0, 65536, 500).astype(np.uint16)


def write_las(path: Path, minor: int = 2, kind: int = 3, origin=(0.0, 0.0, 0.0), wide: bool = True) -> Path:
    """ASPRS LAS, coordinates in millimetres."""
    length = {0: 20, 2: 26, 3: 34, 7: 36}[kind]
    rows = np.zeros((len(XYZ), length), np.uint8)
    rows[:, :12] = np.round(XYZ * 1000).astype("<i4").view(np.uint8).reshape(-1, 12)
    rows[:, 12:14] = STRENGTH.astype("<u2").view(np.uint8).reshape(-1, 2)
    at = {2: 20, 3: 28, 7: 30}.get(kind)
    if at is not None:
        rows[:, at : at + 6] = (RGB.astype("<u2") * (257 if wide else 1)).view(np.uint8).reshape(-1, 6)
    size = 375 if minor >= 4 else 227
    head = bytearray(size)
    head[:4], head[24], head[25] = b"LASF", 1, minor
    struct.pack_into("<HII", head, 94, size, size, 0)
    struct.pack_into("<BHI", head, 104, kind, length, 0 if minor >= 4 else len(XYZ))
    struct.pack_into("<6d", head, 131, 0.001, 0.001, 0.001, *origin)
    if minor >= 4:
        struct.pack_into("<Q", head, 247, len(XYZ))
    path.write_bytes(bytes(head) + rows.tobytes())
    return path


def write_e57(path: Path, spherical: bool = False, more: str = "") -> Path:
    """ASTM E57: coordinates as scaled 24-bit numbers, colours as bytes, intensity as float, two packets."""
    low, high = -8_000_000, 8_000_000
    numbers = XYZ
    names = ["cartesianX", "cartesianY", "cartesianZ"]
    if spherical:
        distance = np.linalg.norm(XYZ, axis=1)
        numbers = np.stack([distance, np.arctan2(XYZ[:, 1], XYZ[:, 0]), np.arcsin(XYZ[:, 2] / distance)], 1)
        names = ["sphericalRange", "sphericalAzimuth", "sphericalElevation"]
    whole = np.round(numbers * 1e6).astype(np.int64) - low
    streams = []
    for column in whole.T:
        bits = (column[:, None] >> np.arange((high - low).bit_length())) & 1
        streams.append(np.packbits(bits.astype(np.uint8), bitorder="little").tobytes())
    streams += [RGB[:, i].tobytes() for i in range(3)] + [(STRENGTH / 65535).astype("<f4").tobytes()]
    packets = b""
    for half in range(2):
        parts = [s[len(s) // 2 :] if half else s[: len(s) // 2] for s in streams]
        body = struct.pack(f"<H{len(parts)}H", len(parts), *map(len, parts)) + b"".join(parts)
        body += b"\0" * (-len(body) % 4)
        packets += struct.pack("<BBH", 1, 0, 4 + len(body) - 1) + body
    scaled = f'type="ScaledInteger" minimum="{low}" maximum="{high}" scale="1e-6"'
    prototype = "".join(f"<{name} {scaled}/>" for name in names)
    prototype += "".join(f'<color{c} type="Integer" minimum="0" maximum="255"/>' for c in ("Red", "Green", "Blue"))
    prototype += '<intensity type="Float" precision="single"/>'
    xml = (
        '<?xml version="1.0"?><e57Root type="Structure" xmlns="http://www.astm.org/COMMIT/E57/2010-e57-v1.0">'
        '<data3D type="Vector"><vectorChild type="Structure"><pose type="Structure"><rotation type="Structure">'
        '<w type="Float">1</w></rotation><translation type="Structure"><x type="Float">2.5</x></translation></pose>'
        f'<points type="CompressedVector" fileOffset="48" recordCount="{len(XYZ)}">'
        f'<prototype type="Structure">{prototype}</prototype></points></vectorChild>{more}</data3D></e57Root>'
    ).encode()
    section = struct.pack("<B7xQQQ", 1, 32 + len(packets), 80, 0) + packets
    xml_at = 48 + len(section)
    total = -(-(xml_at + len(xml)) // 1020)
    physical = xml_at // 1020 * 1024 + xml_at % 1020
    head = struct.pack("<8sIIQQQQ", b"ASTM-E57", 1, 0, total * 1024, physical, len(xml), 1024)
    return with_checksums(path, head + section + xml)


def with_checksums(path: Path, content: bytes) -> Path:
    """Write the content of an E57 file as pages with their CRC-32C."""
    content += b"\0" * (-len(content) % 1020)
    pages = np.frombuffer(content, np.uint8).reshape(-1, 1020)
    path.write_bytes(np.concatenate([pages, crc32c(pages).astype(">u4")[:, None].view(np.uint8)], axis=1).tobytes())
    return path


@pytest.mark.parametrize(("minor", "kind"), [(2, 0), (2, 2), (2, 3), (4, 7)])
def test_las(tmp_path, minor, kind):
    scene = read_scene(write_las(tmp_path / "a.las", minor, kind))
    np.testing.assert_allclose(scene.xyz, XYZ, atol=1e-6)
    assert scene.intensity is not None
    np.testing.assert_allclose(scene.intensity, STRENGTH / 65535, atol=1e-6)
    assert scene.has_color == (kind != 0) and (kind == 0 or np.array_equal(scene.rgb, RGB))


def test_georeferenced_las_keeps_its_millimetres(tmp_path):
    scene = read_scene(write_las(tmp_path / "a.las", origin=(500_000.0, 5_400_000.0, 100.0)))
    np.testing.assert_allclose(scene.xyz - scene.xyz[0], XYZ - XYZ[0], atol=1e-5)
    assert any("moved to the origin from (500000, 5400000, 100)" in note for note in scene.source.notes)


def test_las_colours_in_eight_bits_are_noticed(tmp_path):
    scene = read_scene(write_las(tmp_path / "a.las", wide=False))
    assert np.array_equal(scene.rgb, RGB) and any("8 bit" in note for note in scene.source.notes)


LAZ = zlib.decompress(
    base64.b85decode(
        "c-r%E40dC{0vMV6Lp)rA7;uA}#NvWV1tUFkJp-"
        ")rj0~^XA2YZ!f>;a;O;QXJI1Ku;^5Z4nqyT$#8kfcCX&}JlfGYaI9ycH8)T+z^h19&{{FKxb28KOhdJGvQB?VUc`Vc9-"
        "{GxO;TbMwY3BnFI%)sy;4KOjVF^B+FaR6y1hKWoJ1c1|&6(a3xzP<b$CL!VXGnV~F&!vSHGAlgKp1s+BXVP8y<doGVmBG!2kFvQ&Jh)_K#_%+A"
        "`SJ~Jn`)R1r)E8`5cRom;r^t@QFBBmf0>!nckMc7wOH{nS>7hczT3C&n#K0ZoiVmzb&cP@|9t-"
        "ClBTWMYrn)yojOfxTEKy0d();yFN|2VYEAH(1D(w$r2cjLeEKYOOzLmGoy;np?4?WBIc=!^TBCGCY<+Ze!p0;a?s@lff@L)|b^LYZofX+mWs4m"
        ")kdUz9aSf??$}TOqwy|-"
        ">>v`X$?oLbDyeBECaBJx*myJeuyssM@TO?X;?_b_j#$H}tUiG^A{Fe6yQcrm!)~(wVx!Fg)%c6^Kc71)%#|c@6cB~sNPuAD(|GVOM>z+v)OAjA"
        "@ko6FrbQl=C)&dCt2uI9E"
    )
)
"""24 points made with laspy and lazrs: x = i / 10, y = (i mod 5) / 4, z = (i mod 3) / 2, rgb = i, 2i, 3i."""


def test_laz(tmp_path):
    pytest.importorskip("lazrs", reason="the las extra is not installed")
    (tmp_path / "a.laz").write_bytes(LAZ)
    scene = read_scene(tmp_path / "a.laz")
    i = np.arange(24)
    np.testing.assert_allclose(scene.xyz, np.stack([i / 10, i % 5 / 4, i % 3 / 2], axis=1), atol=1e-6)
    assert np.array_equal(scene.rgb, np.stack([i, 2 * i, 3 * i], axis=1)) and scene.intensity is not None
    np.testing.assert_allclose(scene.intensity, i * 1000 / 65535, atol=1e-6)


def test_damaged_laz_ends_well(tmp_path):
    pytest.importorskip("lazrs", reason="the las extra is not installed")
    rng = np.random.default_rng(0)
    for _ in range(300):
        data = bytearray(LAZ[: rng.integers(1, len(LAZ) + 1) if rng.random() < 0.3 else None])
        for where in rng.integers(0, len(data), rng.integers(0, 5)):
            data[where] = rng.integers(0, 256)
        (tmp_path / "a.laz").write_bytes(data)
        try:
            assert np.isfinite(read_scene(tmp_path / "a.laz").xyz).all()
        except BadFileError as error:
            assert "\n" not in str(error)


def test_laz_without_its_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "lazrs", None)
    data = bytearray(write_las(tmp_path / "a.las").read_bytes())
    data[104] |= 0x80
    (tmp_path / "a.laz").write_bytes(data)
    with pytest.raises(BadFileError, match=r"pip install 'sceneglot\[las\]'"):
        read_scene(tmp_path / "a.laz")


@pytest.mark.parametrize("spherical", [False, True])
def test_e57(tmp_path, spherical):
    scene = read_scene(write_e57(tmp_path / "a.e57", spherical))
    np.testing.assert_allclose(scene.xyz, XYZ + [2.5, 0, 0], atol=1e-5)
    assert np.array_equal(scene.rgb, RGB) and scene.intensity is not None
    np.testing.assert_allclose(scene.intensity, STRENGTH / 65535, atol=1e-6)


def test_crc32c_of_the_check_string():
    """RFC 3720 appendix B.4 and the usual check value."""
    rows = np.stack([np.zeros(32, np.uint8), np.arange(32, dtype=np.uint8)])
    assert crc32c(rows).tolist() == [0x8A9136AA, 0x46DD794E]
    assert crc32c(np.frombuffer(b"123456789", np.uint8)[None]).tolist() == [0xE3069283]


def test_an_e57_scan_without_points_does_not_cost_the_others(tmp_path):
    empty = (
        '<vectorChild type="Structure"><points type="CompressedVector" fileOffset="48" recordCount="0"/></vectorChild>'
    )
    whole = read_scene(write_e57(tmp_path / "a.e57"))
    more = read_scene(write_e57(tmp_path / "a.e57", more=empty))
    np.testing.assert_array_equal(more.xyz, whole.xyz)


def test_e57_damage_is_seen(tmp_path):
    path = write_e57(tmp_path / "a.e57")
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    with pytest.raises(BadFileError, match=r"1 of \d pages are damaged"):
        read_scene(path)


@pytest.mark.parametrize(
    "old_new", [(b'recordCount="500"', b'recordCount="900"'), (b"<?xml version", b"<!DOCTYPE xml ")]
)
def test_e57_with_whole_pages_but_wrong_promises(tmp_path, old_new):
    path = write_e57(tmp_path / "a.e57")
    content = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 1024)[:, :-4].tobytes()
    assert old_new[0] in content
    with pytest.raises(BadFileError, match=r"a\.e57"):
        read_scene(with_checksums(path, content.replace(*old_new)))


TABLE = np.concatenate([XYZ, RGB, STRENGTH[:, None]], axis=1)


@pytest.mark.parametrize(
    ("name", "header", "columns", "separator"),
    [
        ("a.csv", "x,y,z,red,green,blue,intensity", [0, 1, 2, 3, 4, 5, 6], ","),
        ("a.csv", '"X";"Y";"Z";"Intensity";"R";"G";"B"', [0, 1, 2, 6, 3, 4, 5], ";"),
        ("a.asc", "//X Y Z R G B Scalar_Intensity", [0, 1, 2, 3, 4, 5, 6], " "),
        ("a.pts", "500", [0, 1, 2, 6, 3, 4, 5], " "),
    ],
)
def test_tables_with_colours_and_intensity(tmp_path, name, header, columns, separator):
    np.savetxt(tmp_path / name, TABLE[:, columns], "%.3f", delimiter=separator, header=header, comments="")
    scene = read_scene(tmp_path / name)
    np.testing.assert_allclose(scene.xyz, XYZ, atol=1e-6)
    assert np.array_equal(scene.rgb, RGB) and scene.intensity is not None
    np.testing.assert_allclose(scene.intensity, STRENGTH / 65535, atol=1e-6)


def test_tables_without_names(tmp_path):
    normal = XYZ / np.linalg.norm(XYZ, axis=1, keepdims=True)
    for name, extra, expected in (
        ("a.xyz", [], (False, None)),
        ("b.xyz", [RGB], (True, None)),
        ("c.xyz", [normal], (False, normal)),
        ("d.xyz", [RGB, normal], (True, normal)),
        ("e.xyz", [normal, RGB], (True, normal)),
    ):
        np.savetxt(tmp_path / name, np.concatenate([XYZ, *extra], axis=1), "%.9g")
        scene = read_scene(tmp_path / name)
        assert scene.has_color == expected[0] and (not scene.has_color or np.array_equal(scene.rgb, RGB))
        assert (scene.normal is None) == (expected[1] is None)
        if scene.normal is not None:
            np.testing.assert_allclose(scene.normal, normal, atol=1e-5)


def test_single_damaged_lines_are_named(tmp_path):
    lines = [" ".join(f"{value:.3f}" for value in row) for row in XYZ]
    lines[6] = "1.0 oops 2.0"
    (tmp_path / "a.txt").write_text("\n".join(lines))
    scene = read_scene(tmp_path / "a.txt")
    assert len(scene) == 499 and any("line 7" in note for note in scene.source.notes)


@pytest.mark.parametrize(
    "text", ["", "\n\n", "hello world", "1 2\n3 4", "# only\n# comments", "1 2 3\n4\n5\n6\n", "x,y,z\n"]
)
def test_texts_that_are_no_tables(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    with pytest.raises(BadFileError, match=r"a\.csv"):
        read_scene(tmp_path / "a.csv")


WRITERS = {
    "a.las": write_las,
    "b.las": lambda path: write_las(path, minor=4, kind=7),
    "a.e57": write_e57,
    "a.csv": lambda path: (np.savetxt(path, TABLE[:20], "%.3f", header="x y z r g b i", comments=""), path)[1],
}


@pytest.mark.parametrize("name", WRITERS)
def test_damaged_files_end_well(tmp_path, name):
    original = WRITERS[name](tmp_path / name).read_bytes()

    @given(
        cut=st.one_of(st.just(1.0), st.floats(0, 1)),
        flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
        repaged=st.booleans(),
    )
    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    def run(cut, flips, repaged):
        data = bytearray(original[: round(len(original) * cut)])
        for where, value in flips if data else ():
            data[int(where * (len(data) if repaged else min(len(data), 400)))] = value
        path = tmp_path / name
        path.write_bytes(data)
        if name.endswith("e57") and repaged and len(data) % 1024 == 0 and data:  # checksums do not protect for ever
            with_checksums(path, np.frombuffer(bytes(data), np.uint8).reshape(-1, 1024)[:, :-4].tobytes())
        try:
            scene = read_scene(path)
        except BadFileError as error:
            assert "\n" not in str(error)
        else:
            assert np.isfinite(scene.xyz).all() and len(scene.rgb) == len(scene)

    run()
