"""Whether two outputs hold the same events, by their key columns.

usage: check.py SOURCE OURS THEIRS
"""

import sys

import duckdb

# Columns that must agree in every event. They say what an event is about; captions and `unmapped` are left out.
KEYS = {
    "cloudtrail": [
        "time", "class_uid", "metadata.uid", "cloud.region", "cloud.account.uid", "api.operation", "api.service.name",
        "api.request.uid", "status_id", "status_code", "actor.user.uid_alt", "actor.user.credential_uid",
        "src_endpoint.ip", "src_endpoint.domain", "http_request.user_agent", "if(class_uid = 6003, coalesce(len(resources), 0), 0)",
    ],
    "vpc-flow": [
        "time", "end_time", "cloud.region", "cloud.account.uid", "activity_id", "action_id", "src_endpoint.ip",
        "src_endpoint.port", "dst_endpoint.ip", "dst_endpoint.port", "connection_info.protocol_num",
        "connection_info.protocol_ver_id", "traffic.packets", "traffic.bytes",
    ],
    "vpc-flow-v5": [
        "time", "end_time", "cloud.region", "cloud.account.uid", "cloud.zone", "activity_id", "action_id",
        "src_endpoint.ip", "src_endpoint.port", "src_endpoint.vpc_uid", "src_endpoint.instance_uid", "dst_endpoint.ip",
        "dst_endpoint.port", "dst_endpoint.interface_uid", "dst_endpoint.subnet_uid", "dst_endpoint.svc_name",
        "connection_info.protocol_num", "connection_info.protocol_ver_id", "connection_info.tcp_flags",
        "connection_info.direction_id", "connection_info.boundary_id", "traffic.packets", "traffic.bytes",
    ],
    "route53-resolver": [
        "time", "cloud.region", "cloud.account.uid", "query.hostname", "query.type", "rcode_id", "src_endpoint.ip",
        "src_endpoint.port", "src_endpoint.instance_uid", "action_id", "coalesce(len(answers), 0)", "answers[1].rdata",
    ],
    "alb": [
        "time", "cloud.region", "cloud.account.uid", "activity_id", "status_id", "load_balancer.uid",
        "load_balancer.code", "src_endpoint.ip", "src_endpoint.port", "http_request.url.url_string",
        "http_request.user_agent", "traffic.bytes_in", "traffic.bytes_out", "tls.cipher",
    ],
}  # fmt: skip


def faults(source, ours, theirs):
    """What differs, in words; nothing when all agrees."""
    keys = KEYS[source]
    columns = ", ".join(f"({key})::VARCHAR AS k{number}" for number, key in enumerate(keys))
    sums = ", ".join(f"sum(hash(k{number}))" for number in range(len(keys)))
    row = ", ".join(f"k{number}" for number in range(len(keys)))

    def look(folder):
        files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false, union_by_name = true)"
        query = f"SELECT count(*), {sums}, sum(hash(ROW({row}))) FROM (SELECT {columns} FROM {files})"
        return duckdb.sql(query).fetchall()[0]

    names = ["number of events", *keys, "the keys of an event together"]
    return [
        f"{name}: {mine} and {other}"
        for name, mine, other in zip(names, look(ours), look(theirs), strict=True)
        if mine != other
    ]


def main():
    found = faults(*sys.argv[1:4])
    print("\n".join(found) or "all agrees")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
