"""Writes events.json: records in TensorFlow's format, with Google's protobuf and crcmod, without code of interlatent.

    /usr/bin/python3 test/golden/make_events.py      # Debian's python3-protobuf and python3-crcmod

Field numbers are those of tensorflow/core/util/event.proto and tensorflow/core/framework/summary.proto.
"""

import base64
import json
import pathlib
import struct

import crcmod.predefined
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

FIELD = descriptor_pb2.FieldDescriptorProto
file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="tensorflow", syntax="proto3")
value = file.message_type.add(name="Value")
value.field.add(name="tag", number=1, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
value.field.add(name="simple_value", number=2, type=FIELD.TYPE_FLOAT, label=FIELD.LABEL_OPTIONAL)
summary = file.message_type.add(name="Summary")
summary.field.add(
    name="value", number=1, type=FIELD.TYPE_MESSAGE, type_name=".tensorflow.Value", label=FIELD.LABEL_REPEATED
)
event = file.message_type.add(name="Event")
event.field.add(name="wall_time", number=1, type=FIELD.TYPE_DOUBLE, label=FIELD.LABEL_OPTIONAL)
event.field.add(name="step", number=2, type=FIELD.TYPE_INT64, label=FIELD.LABEL_OPTIONAL)
event.field.add(name="file_version", number=3, type=FIELD.TYPE_STRING, label=FIELD.LABEL_OPTIONAL)
event.field.add(
    name="summary", number=5, type=FIELD.TYPE_MESSAGE, type_name=".tensorflow.Summary", label=FIELD.LABEL_OPTIONAL
)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
factory = message_factory.MessageFactory(pool)
Event = factory.GetPrototype(pool.FindMessageTypeByName("tensorflow.Event"))

crc32c = crcmod.predefined.mkCrcFun("crc-32c")


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(message):
    data = message.SerializeToString()
    length = struct.pack("<Q", len(data))
    return length + struct.pack("<I", masked(length)) + data + struct.pack("<I", masked(data))


def scalars(step, wall_time, values):
    message = Event(wall_time=wall_time, step=step)
    for tag, number in values:
        message.summary.value.add(tag=tag, simple_value=number)
    return record(message)


WALL_TIME = 1764189021.25
CASES = [
    {"step": 3, "scalars": [["joint/validation/objective", 4.25], ["joint/runs", 2]]},
    {"step": 130, "scalars": [["subspaces/training/α", -1e-3], ["x", 3e38]]},
    {"step": 70000, "scalars": [[f"part/{'long ' * 60}", 0.1]]},
]


def text(data):
    return base64.b64encode(data).decode()


golden = {
    "wallTime": WALL_TIME,
    "version": text(record(Event(wall_time=WALL_TIME, file_version="brain.Event:2"))),
    "records": [{**case, "bytes": text(scalars(case["step"], WALL_TIME, case["scalars"]))} for case in CASES],
    # RFC 3720, section B.4: 32 bytes that are 0, that are 255, and that increase by 1.
    "checks": [
        {"bytes": text(data), "crc": crc32c(data)} for data in [bytes(32), b"\xff" * 32, bytes(range(32)), b"", b"a"]
    ],
}
path = pathlib.Path(__file__).with_name("events.json")
path.write_text(json.dumps(golden, indent=2, ensure_ascii=False) + "\n")
