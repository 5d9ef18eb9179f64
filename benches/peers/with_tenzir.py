"""VPC flow logs to OCSF Parquet with Tenzir.

usage: with_tenzir.py vpc-flow INPUT OUT
"""

import os
import pathlib
import sys

PIPELINE = r"""
from_file "{input}/**.log.gz" {{
  decompress_gzip
  read_ssv null_value="-"
  path = $file.path
}}
where this["log-status"] == "OK"
ms = int(start) * 1000
this = {{
  region: path.replace_regex(".*/vpcflowlogs/([a-z0-9-]+)/.*", "\\1"),
  // Types are guessed, so that ids that begin with 0 lose it.
  accountId: path.replace_regex(".*/AWSLogs/([0-9]+)/.*", "\\1"),
  ms: ms,
  flow: this,
  activity: 6 if action == "ACCEPT" else 5,
  verdict: 1 if action == "ACCEPT" else 2,
  family: 6 if string(srcaddr).match_regex(":") else 4,
}}
this = {{
  region: region,
  accountId: accountId,
  eventDay: from_epoch(ms * 1ms).format_time("%Y%m%d"),
  time: ms,
  time_dt: from_epoch(ms * 1ms),
  start_time: ms,
  start_time_dt: from_epoch(ms * 1ms),
  end_time: int(flow.end) * 1000,
  end_time_dt: from_epoch(int(flow.end) * 1s),
  class_uid: 4001,
  class_name: "Network Activity",
  category_uid: 4,
  category_name: "Network Activity",
  activity_id: activity,
  activity_name: "Traffic" if activity == 6 else "Refuse",
  type_uid: 400100 + activity,
  type_name: "Network Activity: Traffic" if activity == 6 else "Network Activity: Refuse",
  severity_id: 1,
  severity: "Informational",
  status_code: flow["log-status"],
  metadata: {{
    version: "1.1.0",
    profiles: ["cloud", "datetime", "security_control"],
    product: {{name: "Amazon VPC", vendor_name: "AWS", version: string(flow.version), feature: {{name: "Flowlogs"}}}},
  }},
  cloud: {{provider: "AWS", region: region, account: {{uid: accountId}}}},
  connection_info: {{
    protocol_num: flow.protocol,
    protocol_name: "tcp" if flow.protocol == 6 else "udp" if flow.protocol == 17 else "icmp",
    protocol_ver_id: family,
    protocol_ver: "Internet Protocol version 6 (IPv6)" if family == 6 else "Internet Protocol version 4 (IPv4)",
    direction_id: 0,
    direction: "Unknown",
  }},
  src_endpoint: {{ip: string(flow.srcaddr), port: flow.srcport, interface_uid: flow["interface-id"]}},
  dst_endpoint: {{ip: string(flow.dstaddr), port: flow.dstport}},
  traffic: {{packets: flow.packets, bytes: flow.bytes}},
  action_id: verdict,
  action: "Allowed" if verdict == 1 else "Denied",
  disposition_id: verdict,
  disposition: "Allowed" if verdict == 1 else "Blocked",
}}
sort time
to_file "{out}/**/{{uuid}}.parquet", partition_by=[region, accountId, eventDay] {{
  write_parquet compression_type="zstd", compression_level=1
}}
"""


def main():
    inputs, out = (pathlib.Path(path).resolve() for path in sys.argv[2:4])
    out.mkdir(parents=True)
    pipeline = out.parent / "pipeline.tql"
    pipeline.write_text(PIPELINE.format(input=inputs, out=out))
    tenzir = str(pathlib.Path(sys.executable).parent / "tenzir")
    os.execv(tenzir, [tenzir, "--bare-mode", "-f", str(pipeline)])


if __name__ == "__main__":
    main()
