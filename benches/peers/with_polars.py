"""Logs to OCSF Parquet with Polars: lazy scans with all types given, sorted, streamed into partitions.

usage: with_polars.py SOURCE INPUT OUT
"""

import pathlib
import sys

import polars as pl
from polars import col, lit, struct, when

REGION = r"AWSLogs/\d+/[A-Za-z0-9]+/([a-z0-9-]+)/"
ACCOUNT = r"AWSLogs/(\d+)/"
TEXT = pl.String

RECORD = pl.Struct(
    {
        "eventVersion": TEXT, "eventTime": TEXT, "eventSource": TEXT, "eventName": TEXT, "awsRegion": TEXT,
        "sourceIPAddress": TEXT, "userAgent": TEXT, "errorCode": TEXT, "errorMessage": TEXT, "requestParameters": TEXT,
        "responseElements": TEXT, "additionalEventData": TEXT, "serviceEventDetails": TEXT, "tlsDetails": TEXT,
        "addendum": TEXT, "requestID": TEXT, "eventID": TEXT, "readOnly": pl.Boolean,
        "resources": pl.List(pl.Struct({"ARN": TEXT, "accountId": TEXT, "type": TEXT})), "eventType": TEXT,
        "apiVersion": TEXT, "managementEvent": pl.Boolean, "recipientAccountId": TEXT, "sharedEventID": TEXT,
        "vpcEndpointId": TEXT, "eventCategory": TEXT,
        "userIdentity": pl.Struct({
            "type": TEXT, "principalId": TEXT, "arn": TEXT, "accountId": TEXT, "accessKeyId": TEXT, "credentialId": TEXT,
            "onBehalfOf": pl.Struct({"userId": TEXT}), "userName": TEXT, "invokedBy": TEXT, "identityProvider": TEXT,
            "sessionContext": pl.Struct({
                "attributes": pl.Struct({"creationDate": TEXT, "mfaAuthenticated": TEXT}),
                "sessionIssuer": pl.Struct({"arn": TEXT, "accountId": TEXT}),
            }),
        }),
    }
)  # fmt: skip

AUTHENTICATION = [
    "AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "CheckMfa", "ConsoleLogin", "CredentialChallenge",
    "CredentialVerification", "UserAuthentication",
]  # fmt: skip
AUTHENTICATION_SOURCES = ["signin.amazonaws.com", "sso.amazonaws.com", "sts.amazonaws.com"]
ACCOUNT_CHANGE = [
    "CreateUser", "DeleteUser", "CreateRole", "CreateAccessKey", "AttachRolePolicy", "AttachUserPolicy", "PutRolePolicy",
    "UpdateLoginProfile", "DeactivateMFADevice",
]  # fmt: skip

FLOW_V2 = {
    "version": TEXT, "account-id": TEXT, "interface-id": TEXT, "srcaddr": TEXT, "dstaddr": TEXT, "srcport": pl.Int32,
    "dstport": pl.Int32, "protocol": pl.Int32, "packets": pl.Int64, "bytes": pl.Int64, "start": pl.Int64,
    "end": pl.Int64, "action": TEXT, "log-status": TEXT,
}  # fmt: skip

FLOW_V5 = FLOW_V2 | {
    "vpc-id": TEXT, "subnet-id": TEXT, "instance-id": TEXT, "tcp-flags": pl.Int32, "type": TEXT, "pkt-srcaddr": TEXT,
    "pkt-dstaddr": TEXT, "region": TEXT, "az-id": TEXT, "sublocation-type": TEXT, "sublocation-id": TEXT,
    "pkt-src-aws-service": TEXT, "pkt-dst-aws-service": TEXT, "flow-direction": TEXT, "traffic-path": pl.Int32,
}  # fmt: skip

QUERY = {
    "version": TEXT, "account_id": TEXT, "region": TEXT, "vpc_id": TEXT, "query_timestamp": TEXT, "query_name": TEXT,
    "query_type": TEXT, "query_class": TEXT, "rcode": TEXT,
    "answers": pl.List(pl.Struct({"Rdata": TEXT, "Type": TEXT, "Class": TEXT})), "srcaddr": TEXT, "srcport": TEXT,
    "transport": TEXT, "srcids": pl.Struct({"instance": TEXT, "resolver_endpoint": TEXT}),
    "firewall_rule_group_id": TEXT, "firewall_rule_action": TEXT, "firewall_domain_list_id": TEXT,
}  # fmt: skip

REQUEST = [
    "type", "time", "elb", "client", "target", "request_time", "target_time", "response_time", "elb_status",
    "target_status", "received", "sent", "request", "agent", "cipher", "protocol", "target_group", "trace", "domain",
    "cert", "priority", "created", "actions", "redirect", "error", "targets", "target_statuses", "classification",
    "reason", "conn_trace", "new_host", "new_uri", "transform", "node",
]  # fmt: skip


def iso(column, form="%Y-%m-%dT%H:%M:%SZ"):
    """Milliseconds of a text."""
    return column.str.to_datetime(form, time_unit="us").dt.epoch("ms")


def captions(column, names, default=None):
    return column.replace_strict(names, default=default, return_dtype=TEXT)


def same(**constants):
    return [lit(value).alias(name) for name, value in constants.items()]


def ids(column, names, default):
    return column.replace_strict(names, default=default, return_dtype=pl.Int32)


def when_it_was(*names):
    """The day for the path, and a time of type timestamp for each."""
    dates = [pl.from_epoch(name, time_unit="ms").dt.replace_time_zone("UTC").alias(f"{name}_dt") for name in names]
    return [pl.from_epoch("time", time_unit="ms").dt.strftime("%Y%m%d").alias("eventDay"), *dates]


def cloudtrail(files):
    who = col("userIdentity").struct
    session = who["sessionContext"].struct
    name, source, client = col("eventName"), col("eventSource"), col("sourceIPAddress")
    failed = (
        col("errorCode").is_not_null()
        | col("errorMessage").is_not_null()
        | col("responseElements").str.contains('"Failure"', literal=True).fill_null(False)
    )
    is_authentication = name.is_in(AUTHENTICATION) & source.is_in(AUTHENTICATION_SOURCES)
    is_account_change = name.is_in(ACCOUNT_CHANGE) & (source == "iam.amazonaws.com")
    activity = (
        when(name.str.contains("^(Create|Run|Put|Generate|Register|Import)")).then(1)
        .when(col("readOnly") | name.str.contains("^(Get|Describe|List|Head|Lookup|Batch)")).then(2)
        .when(name.str.contains("^(Update|Modify|Set|Attach|Enable|Rotate)")).then(3)
        .when(name.str.contains("^(Delete|Terminate|Remove|Stop|Detach)")).then(4)
        .otherwise(99)
    )  # fmt: skip
    records = pl.scan_ndjson(files, schema={"Records": pl.List(RECORD)}).explode("Records").unnest("Records")
    return records.with_columns(
        iso(col("eventTime")).alias("time"),
        failed.alias("failed"),
        when(is_authentication).then(3002).when(is_account_change).then(3001).otherwise(6003).alias("class_uid"),
        activity.cast(pl.Int32).alias("activity_id"),
        client.str.contains("^[0-9a-f:.]+$").alias("is_address"),
        client.str.ends_with(".amazonaws.com").alias("is_service"),
    ).select(
        col("awsRegion").alias("region"), col("recipientAccountId").alias("accountId"), *when_it_was("time"), "time",
        "class_uid", "activity_id",
        captions(col("class_uid"), {6003: "API Activity", 3002: "Authentication", 3001: "Account Change"}).alias("class_name"),
        when(col("class_uid") == 6003).then(6).otherwise(3).alias("category_uid"),
        when(col("class_uid") == 6003).then(lit("Application Activity")).otherwise(lit("Identity & Access Management"))
        .alias("category_name"),
        captions(col("activity_id"), {1: "Create", 2: "Read", 3: "Update", 4: "Delete"}, name).alias("activity_name"),
        (col("class_uid").cast(pl.Int64) * 100 + col("activity_id")).alias("type_uid"),
        *same(severity_id=1, severity="Informational"),
        when("failed").then(2).otherwise(1).alias("status_id"),
        when("failed").then(lit("Failure")).otherwise(lit("Success")).alias("status"),
        col("errorCode").alias("status_code"), col("errorMessage").alias("status_detail"),
        struct(
            *same(version="1.1.0", profiles=["cloud", "datetime"]), col("eventID").alias("uid"),
            col("eventType").alias("event_code"), col("sharedEventID").alias("correlation_uid"),
            struct(
                *same(name="CloudTrail", vendor_name="AWS"), col("eventVersion").alias("version"),
                struct(col("eventCategory").alias("name")).alias("feature"),
            ).alias("product"),
        ).alias("metadata"),
        struct(
            *same(provider="AWS"), col("awsRegion").alias("region"),
            struct(col("recipientAccountId").alias("uid")).alias("account"),
        ).alias("cloud"),
        struct(
            struct(
                who["type"],
                pl.coalesce(who["userName"], when(who["type"] == "Root").then(lit("root"))).alias("name"),
                who["arn"].alias("uid"),
                pl.coalesce(who["principalId"], who["onBehalfOf"].struct["userId"]).alias("uid_alt"),
                pl.coalesce(who["accessKeyId"], who["credentialId"]).alias("credential_uid"),
                struct(who["accountId"].alias("uid")).alias("account"),
            ).alias("user"),
            struct(
                iso(session["attributes"].struct["creationDate"]).alias("created_time"),
                (session["attributes"].struct["mfaAuthenticated"] == "true").alias("is_mfa"),
                session["sessionIssuer"].struct["arn"].alias("issuer"),
            ).alias("session"),
            struct(who["identityProvider"].alias("name")).alias("idp"),
            who["invokedBy"].alias("invoked_by"),
        ).alias("actor"),
        struct(
            name.alias("operation"), col("apiVersion").alias("version"), struct(source.alias("name")).alias("service"),
            struct(col("requestID").alias("uid"), col("requestParameters").alias("data")).alias("request"),
            struct(
                col("errorCode").alias("error"), col("errorMessage").alias("message"), col("responseElements").alias("data")
            ).alias("response"),
        ).alias("api"),
        struct(
            when("is_address").then(client).alias("ip"), when("is_service").then(client).alias("domain"),
            when(~col("is_address") & ~col("is_service")).then(client).alias("name"), col("vpcEndpointId").alias("uid"),
        ).alias("src_endpoint"),
        struct(col("userAgent").alias("user_agent")).alias("http_request"),
        col("resources").list.eval(
            struct(
                pl.element().struct["ARN"].alias("uid"), pl.element().struct["type"],
                struct(struct(pl.element().struct["accountId"].alias("uid")).alias("account")).alias("owner"),
            )
        ),
        struct(
            "readOnly", "managementEvent", "additionalEventData", "serviceEventDetails", "tlsDetails", "addendum"
        ).struct.json_encode().alias("unmapped"),
    )  # fmt: skip


def scan_flows(files, schema):
    flows = pl.scan_csv(files, separator=" ", quote_char=None, null_values="-", schema=schema, include_file_paths="path")
    return flows.filter(col("log-status") == "OK")


def vpc_flow(files):
    flows = scan_flows(files, FLOW_V2).with_columns(col("path").str.extract(REGION).alias("region"))
    return flow_events(
        flows,
        family=when(col("srcaddr").str.contains(":", literal=True)).then(6).otherwise(4),
        source=[col("srcaddr").alias("ip"), col("srcport").alias("port"), col("interface-id").alias("interface_uid")],
        destination=[col("dstaddr").alias("ip"), col("dstport").alias("port")],
        connection=same(direction_id=0, direction="Unknown"),
    )


def vpc_flow_v5(files):
    outbound = col("flow-direction") == "egress"
    own = {"interface_uid": "interface-id", "vpc_uid": "vpc-id", "subnet_uid": "subnet-id", "instance_uid": "instance-id"}

    def end(name, inside):
        of_interface = [when(inside).then(col(field)).alias(path) for path, field in own.items()]
        return [
            pl.coalesce(f"pkt-{name}addr", f"{name}addr").alias("ip"), col(f"{name}port").alias("port"),
            col(f"pkt-{name}-aws-service").alias("svc_name"), *of_interface,
        ]  # fmt: skip

    return flow_events(
        scan_flows(files, FLOW_V5),
        family=when(col("type") == "IPv6").then(6).otherwise(4),
        source=end("src", outbound),
        destination=end("dst", ~outbound),
        connection=[
            col("tcp-flags").alias("tcp_flags"), when(outbound).then(2).otherwise(1).alias("direction_id"),
            when(outbound).then(lit("Outbound")).otherwise(lit("Inbound")).alias("direction"),
            (col("traffic-path") + 3).alias("boundary_id"),
        ],
        cloud=[col("az-id").alias("zone")],
    )  # fmt: skip


def flow_events(flows, family, source, destination, connection, cloud=()):
    of_path = col("path").str.extract(ACCOUNT)
    accepted = col("action") == "ACCEPT"
    return flows.with_columns(
        (col("start") * 1000).alias("time"), (col("start") * 1000).alias("start_time"), (col("end") * 1000).alias("end_time"),
        when(col("account-id") == "unknown").then(of_path).otherwise(col("account-id")).alias("accountId"),
        when(accepted).then(6).otherwise(5).alias("activity_id"), when(accepted).then(1).otherwise(2).alias("action_id"),
        family.alias("family"),
    ).select(
        "region", "accountId", *when_it_was("time", "start_time", "end_time"), "time", "start_time", "end_time",
        *same(class_uid=4001, class_name="Network Activity", category_uid=4, category_name="Network Activity"),
        "activity_id", captions(col("activity_id"), {6: "Traffic", 5: "Refuse"}).alias("activity_name"),
        (400100 + col("activity_id").cast(pl.Int64)).alias("type_uid"),
        captions(col("activity_id"), {6: "Network Activity: Traffic", 5: "Network Activity: Refuse"}).alias("type_name"),
        *same(severity_id=1, severity="Informational"), col("log-status").alias("status_code"),
        struct(
            *same(version="1.1.0", profiles=["cloud", "datetime", "security_control"]),
            struct(
                *same(name="Amazon VPC", vendor_name="AWS"), "version", struct(*same(name="Flowlogs")).alias("feature")
            ).alias("product"),
        ).alias("metadata"),
        struct(*same(provider="AWS"), "region", struct(col("accountId").alias("uid")).alias("account"), *cloud).alias("cloud"),
        struct(
            col("protocol").alias("protocol_num"),
            captions(col("protocol"), {6: "tcp", 17: "udp", 1: "icmp", 58: "ipv6-icmp"}).alias("protocol_name"),
            col("family").alias("protocol_ver_id"),
            captions(
                col("family"),
                {4: "Internet Protocol version 4 (IPv4)", 6: "Internet Protocol version 6 (IPv6)"},
            ).alias("protocol_ver"),
            *connection,
        ).alias("connection_info"),
        struct(*source).alias("src_endpoint"), struct(*destination).alias("dst_endpoint"),
        struct("packets", "bytes").alias("traffic"),
        "action_id", captions(col("action_id"), {1: "Allowed", 2: "Denied"}).alias("action"),
        col("action_id").alias("disposition_id"),
        captions(col("action_id"), {1: "Allowed", 2: "Blocked"}).alias("disposition"),
    )  # fmt: skip


def resolver(files):
    queries = pl.scan_ndjson(files, schema=QUERY)
    codes = {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5}
    answer = pl.element().struct
    return queries.with_columns(
        iso(col("query_timestamp")).alias("time"), ids(col("rcode"), codes, 99).alias("rcode_id"),
        ids(col("firewall_rule_action"), {"ALERT": 1, "BLOCK": 2}, None).alias("action_id"),
    ).select(
        "region", col("account_id").alias("accountId"), *when_it_was("time"), "time",
        *same(
            class_uid=4003, class_name="DNS Activity", category_uid=4, category_name="Network Activity", activity_id=6,
            activity_name="Traffic", type_uid=400306, type_name="DNS Activity: Traffic", severity_id=1,
            severity="Informational",
        ),
        when(col("rcode_id") == 0).then(1).otherwise(2).alias("status_id"),
        when(col("rcode_id") == 0).then(lit("Success")).otherwise(lit("Failure")).alias("status"),
        struct(
            *same(version="1.1.0", profiles=["cloud", "datetime"]),
            struct(
                *same(name="Route 53", vendor_name="AWS"), "version",
                struct(*same(name="Resolver Query Logs")).alias("feature"),
            ).alias("product"),
        ).alias("metadata"),
        struct(*same(provider="AWS"), "region", struct(col("account_id").alias("uid")).alias("account")).alias("cloud"),
        struct(
            col("query_name").str.strip_chars_end(".").alias("hostname"), col("query_type").alias("type"),
            col("query_class").alias("class"),
        ).alias("query"),
        "rcode_id", "rcode",
        struct(
            col("transport").str.to_lowercase().alias("protocol_name"), *same(direction_id=2, direction="Outbound")
        ).alias("connection_info"),
        struct(
            col("srcaddr").alias("ip"), col("srcport").cast(pl.Int32).alias("port"), col("vpc_id").alias("vpc_uid"),
            col("srcids").struct["instance"].alias("instance_uid"),
        ).alias("src_endpoint"),
        struct(col("srcids").struct["resolver_endpoint"].alias("instance_uid")).alias("dst_endpoint"),
        col("answers").list.eval(
            struct(answer["Rdata"].alias("rdata"), answer["Type"].alias("type"), answer["Class"].alias("class"))
        ),
        "action_id", captions(col("action_id"), {1: "Allowed", 2: "Denied"}).alias("action"),
        struct(col("firewall_rule_group_id").alias("uid")).alias("firewall_rule"),
        col("firewall_domain_list_id").alias("unmapped"),
    )  # fmt: skip


def alb(files):
    methods = {"CONNECT": 1, "DELETE": 2, "GET": 3, "HEAD": 4, "OPTIONS": 5, "POST": 6, "PUT": 7, "TRACE": 8, "-": 0}
    micros = "%Y-%m-%dT%H:%M:%S%.6fZ"
    words = col("request").str.splitn(" ", 3).struct
    url = words["field_1"]
    peer = col("client").str.extract_groups(r"^\[?(?<ip>.*?)\]?:(?<port>\d+)$").struct
    backend = col("target").str.extract_groups(r"^\[?(?<ip>.*?)\]?:(?<port>\d+)$").struct
    part = col("url").str.extract_groups(
        r"^(?<scheme>[a-z]+)://(?<hostname>[^:/]+):(?<port>\d+)(?<path>[^?]*)\??(?<query_string>.*)$"
    ).struct  # fmt: skip
    number = pl.Int32
    requests = pl.scan_csv(
        files, separator=" ", has_header=False, null_values="-", schema=dict.fromkeys(REQUEST, TEXT), include_file_paths="path"
    )
    return requests.with_columns(
        iso(col("time"), micros).alias("time"), iso(col("created"), micros).alias("start_time"),
        col("path").str.extract(REGION).alias("region"), col("path").str.extract(ACCOUNT).alias("accountId"),
        words["field_0"].alias("method"), words["field_2"].alias("http"),
        when(words["field_0"] == "-").then(url.str.strip_suffix("-")).otherwise(url).alias("url"),
        col("elb_status").cast(number).alias("code"),
    ).with_columns(ids(col("method"), methods, 99).alias("activity_id")).select(
        "region", "accountId", *when_it_was("time"), "time", "start_time", col("time").alias("end_time"),
        *same(class_uid=4002, class_name="HTTP Activity", category_uid=4, category_name="Network Activity"),
        "activity_id", col("method").alias("activity_name"),
        (400200 + col("activity_id").cast(pl.Int64)).alias("type_uid"), *same(severity_id=1, severity="Informational"),
        when(col("code") < 400).then(1).otherwise(2).alias("status_id"),
        when(col("code") < 400).then(lit("Success")).otherwise(lit("Failure")).alias("status"),
        col("elb_status").alias("status_code"),
        struct(
            *same(version="1.1.0", profiles=["cloud", "datetime", "load_balancer"]), col("trace").alias("correlation_uid"),
            struct(
                *same(name="Elastic Load Balancing", vendor_name="AWS"),
                struct(*same(name="Application Load Balancer")).alias("feature"),
            ).alias("product"),
        ).alias("metadata"),
        struct(*same(provider="AWS"), "region", struct(col("accountId").alias("uid")).alias("account")).alias("cloud"),
        struct(
            col("elb").alias("uid"), col("elb").str.split("/").list.get(1).alias("name"),
            col("target_status").cast(number).alias("code"), col("error").alias("error_message"), "classification",
            struct(backend["ip"], backend["port"].cast(number)).alias("dst_endpoint"),
        ).alias("load_balancer"),
        struct(peer["ip"], peer["port"].cast(number)).alias("src_endpoint"),
        struct(col("node").alias("ip"), col("domain").alias("hostname")).alias("dst_endpoint"),
        struct(
            col("sent").cast(pl.Int64).alias("bytes_in"), col("received").cast(pl.Int64).alias("bytes_out"),
            (col("sent").cast(pl.Int64) + col("received").cast(pl.Int64)).alias("bytes"),
        ).alias("traffic"),
        struct(col("protocol").alias("version"), "cipher", col("domain").alias("sni")).alias("tls"),
        struct(
            col("method").alias("http_method"), col("http").alias("version"), col("agent").alias("user_agent"),
            struct(
                col("url").alias("url_string"), part["scheme"], part["hostname"], part["port"].cast(number), part["path"],
                part["query_string"],
            ).alias("url"),
        ).alias("http_request"),
        struct("code", (col("target_time").cast(pl.Float64) * 1000).cast(number).alias("latency")).alias("http_response"),
        struct(
            "target_group", "cert", "priority", "actions", "redirect", "conn_trace", "reason"
        ).struct.json_encode().alias("unmapped"),
    )  # fmt: skip


SOURCES = {"cloudtrail": cloudtrail, "vpc-flow": vpc_flow, "vpc-flow-v5": vpc_flow_v5, "route53-resolver": resolver, "alb": alb}


def main():
    source, inputs, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    places = ["region", "accountId", "eventDay"]
    if source == "cloudtrail":
        places.insert(0, "class_uid")
    events = SOURCES[source](sorted(inputs.rglob("*.gz")))
    events.sort(*places, "time").sink_parquet(
        pl.PartitionBy(out, key=places), compression="zstd", compression_level=1, mkdir=True, engine="streaming"
    )


if __name__ == "__main__":
    main()
