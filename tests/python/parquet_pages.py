"""Page headers of a Parquet file, which no common reader shows: just enough of the Thrift compact protocol."""

DICTIONARY_PAGE = 2


def pages(content, chunk):
    """Kind, uncompressed size and number of values of each page of a column chunk, as pyarrow describes the chunk."""
    start = chunk.dictionary_page_offset if chunk.has_dictionary_page else chunk.data_page_offset
    at, end = start, start + chunk.total_compressed_size
    while at < end:
        header, at = _struct(content, at)
        details = header.get(5) or header.get(7) or header.get(8)
        yield header[1], header[2], details[1]
        at += header[3]


def _varint(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _zigzag(content, at):
    value, at = _varint(content, at)
    return (value >> 1) ^ -(value & 1), at


def _struct(content, at):
    members, number = {}, 0
    while True:
        byte = content[at]
        at += 1
        if byte == 0:
            return members, at
        if byte >> 4:
            number += byte >> 4
        else:
            number, at = _zigzag(content, at)
        members[number], at = _value(content, at, byte & 0x0F)


def _value(content, at, kind):
    match kind:
        case 1 | 2:
            return kind == 1, at
        case 3:
            return content[at], at + 1
        case 4 | 5 | 6:
            return _zigzag(content, at)
        case 7:
            return None, at + 8
        case 8:
            size, at = _varint(content, at)
            return content[at : at + size], at + size
        case 12:
            return _struct(content, at)
        case _:
            raise ValueError(f"no page header has a member of kind {kind}")
