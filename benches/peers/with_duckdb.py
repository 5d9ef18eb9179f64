"""Logs to OCSF Parquet with DuckDB, in the form that was the fastest of those tried.

CloudTrail: whole objects as JSON text, then `json_transform` of each record. A typed `read_json` of one large object a
file needs several times as much. Lines: `read_csv` and `read_json` with all types given, so that nothing is guessed.

usage: with_duckdb.py SOURCE INPUT OUT
"""

import pathlib
import sys

import duckdb

REGION = r"'.*/AWSLogs/\d+/[A-Za-z0-9]+/([a-z0-9-]+)/.*'"
ACCOUNT = r"'.*/AWSLogs/(\d+)/.*'"

RECORD = """{"eventVersion": "VARCHAR", "eventTime": "TIMESTAMP", "eventSource": "VARCHAR", "eventName": "VARCHAR",
    "awsRegion": "VARCHAR", "sourceIPAddress": "VARCHAR", "userAgent": "VARCHAR", "errorCode": "VARCHAR",
    "errorMessage": "VARCHAR", "requestParameters": "JSON", "responseElements": "JSON", "additionalEventData": "JSON",
    "serviceEventDetails": "JSON", "tlsDetails": "JSON", "addendum": "JSON", "requestID": "VARCHAR", "eventID": "VARCHAR",
    "readOnly": "BOOLEAN", "resources": [{"ARN": "VARCHAR", "accountId": "VARCHAR", "type": "VARCHAR"}],
    "eventType": "VARCHAR", "apiVersion": "VARCHAR", "managementEvent": "BOOLEAN", "recipientAccountId": "VARCHAR",
    "sharedEventID": "VARCHAR", "vpcEndpointId": "VARCHAR", "eventCategory": "VARCHAR",
    "userIdentity": {"type": "VARCHAR", "principalId": "VARCHAR", "arn": "VARCHAR", "accountId": "VARCHAR",
        "accessKeyId": "VARCHAR", "credentialId": "VARCHAR", "onBehalfOf": {"userId": "VARCHAR"},
        "userName": "VARCHAR", "invokedBy": "VARCHAR", "identityProvider": "VARCHAR",
        "sessionContext": {"attributes": {"creationDate": "TIMESTAMP", "mfaAuthenticated": "VARCHAR"},
            "sessionIssuer": {"arn": "VARCHAR", "accountId": "VARCHAR"}}}}"""

CLOUDTRAIL = """
WITH records AS (
    SELECT unnest(json_extract(json, '$.Records[*]')) AS record
    FROM read_json_objects('{input}/**/*.json.gz', format = 'unstructured', maximum_object_size = 1000000000)
), rows AS (
    SELECT unnest(json_transform(record, '{record}')) FROM records
), typed AS (
    SELECT *, epoch_ms(eventTime) AS ms, userIdentity AS who, userIdentity.sessionContext AS session_context,
        errorCode IS NOT NULL OR coalesce(errorMessage, '') <> ''
            OR contains(coalesce(responseElements::VARCHAR, ''), '"Failure"') AS failed,
        sourceIPAddress SIMILAR TO '[0-9a-f:.]+' AS is_address,
        ends_with(sourceIPAddress, '.amazonaws.com') AS is_service,
        CASE
            WHEN eventName IN ('AssumeRole', 'AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity', 'CheckMfa',
                'ConsoleLogin', 'CredentialChallenge', 'CredentialVerification', 'UserAuthentication')
                AND eventSource IN ('signin.amazonaws.com', 'sso.amazonaws.com', 'sts.amazonaws.com') THEN 3002
            WHEN eventName IN ('CreateUser', 'DeleteUser', 'CreateRole', 'CreateAccessKey', 'AttachRolePolicy',
                'AttachUserPolicy', 'PutRolePolicy', 'UpdateLoginProfile', 'DeactivateMFADevice')
                AND eventSource = 'iam.amazonaws.com' THEN 3001
            ELSE 6003
        END AS class,
        CASE
            WHEN eventName SIMILAR TO '(Create|Run|Put|Generate|Register|Import).*' THEN 1
            WHEN readOnly OR eventName SIMILAR TO '(Get|Describe|List|Head|Lookup|Batch).*' THEN 2
            WHEN eventName SIMILAR TO '(Update|Modify|Set|Attach|Enable|Rotate).*' THEN 3
            WHEN eventName SIMILAR TO '(Delete|Terminate|Remove|Stop|Detach).*' THEN 4
            ELSE 99
        END AS activity
    FROM rows
)
SELECT class AS class_uid, awsRegion AS region, recipientAccountId AS accountId, strftime(eventTime, '%Y%m%d') AS eventDay,
    ms AS "time", make_timestamptz(ms * 1000) AS time_dt,
    if(class = 6003, 'API Activity', if(class = 3002, 'Authentication', 'Account Change')) AS class_name,
    if(class = 6003, 6, 3) AS category_uid,
    if(class = 6003, 'Application Activity', 'Identity & Access Management') AS category_name,
    activity AS activity_id,
    CASE activity WHEN 1 THEN 'Create' WHEN 2 THEN 'Read' WHEN 3 THEN 'Update' WHEN 4 THEN 'Delete' ELSE eventName END
        AS activity_name,
    class * 100 + activity AS type_uid, 1 AS severity_id, 'Informational' AS severity,
    if(failed, 2, 1) AS status_id, if(failed, 'Failure', 'Success') AS status,
    errorCode AS status_code, errorMessage AS status_detail,
    {{'version': '1.1.0', 'profiles': ['cloud', 'datetime'], 'uid': eventID, 'event_code': eventType,
        'correlation_uid': sharedEventID, 'product': {{'name': 'CloudTrail', 'vendor_name': 'AWS',
        'version': eventVersion, 'feature': {{'name': eventCategory}}}}}} AS metadata,
    {{'provider': 'AWS', 'region': awsRegion, 'account': {{'uid': recipientAccountId}}}} AS cloud,
    {{'user': {{'type': who.type, 'name': coalesce(who.userName, if(who.type = 'Root', 'root', NULL)), 'uid': who.arn,
        'uid_alt': coalesce(who.principalId, who.onBehalfOf.userId),
        'credential_uid': coalesce(who.accessKeyId, who.credentialId), 'account': {{'uid': who.accountId}}}},
        'session': {{'created_time': epoch_ms(session_context.attributes.creationDate),
        'is_mfa': session_context.attributes.mfaAuthenticated = 'true', 'issuer': session_context.sessionIssuer.arn}},
        'idp': {{'name': who.identityProvider}}, 'invoked_by': who.invokedBy}} AS actor,
    {{'operation': eventName, 'version': apiVersion, 'service': {{'name': eventSource}},
        'request': {{'uid': requestID, 'data': nullif(requestParameters::VARCHAR, 'null')}},
        'response': {{'error': errorCode, 'message': errorMessage,
        'data': nullif(responseElements::VARCHAR, 'null')}}}} AS api,
    {{'ip': if(is_address, sourceIPAddress, NULL), 'domain': if(is_service, sourceIPAddress, NULL),
        'name': if(is_address OR is_service, NULL, sourceIPAddress), 'uid': vpcEndpointId}} AS src_endpoint,
    {{'user_agent': userAgent}} AS http_request,
    list_transform(resources, lambda item: {{'uid': item.ARN, 'type': item.type,
        'owner': {{'account': {{'uid': item.accountId}}}}}}) AS resources,
    to_json({{'readOnly': readOnly, 'managementEvent': managementEvent, 'additionalEventData': additionalEventData,
        'serviceEventDetails': serviceEventDetails, 'tlsDetails': tlsDetails, 'addendum': addendum}})::VARCHAR AS unmapped
FROM typed
"""

FLOW_V2 = {
    "version": "INTEGER", "account-id": "VARCHAR", "interface-id": "VARCHAR", "srcaddr": "VARCHAR", "dstaddr": "VARCHAR",
    "srcport": "INTEGER", "dstport": "INTEGER", "protocol": "INTEGER", "packets": "BIGINT", "bytes": "BIGINT",
    "start": "BIGINT", "end": "BIGINT", "action": "VARCHAR", "log-status": "VARCHAR",
}  # fmt: skip

FLOW = """
WITH typed AS (
    SELECT *, start * 1000 AS ms, regexp_replace(filename, {region}, '\\1') AS region_name,
        if("account-id" = 'unknown', regexp_replace(filename, {account}, '\\1'), "account-id") AS account,
        if(action = 'ACCEPT', 6, 5) AS activity, if(action = 'ACCEPT', 1, 2) AS verdict,
        if(contains(srcaddr, ':'), 6, 4) AS family
    FROM read_csv('{input}/**/*.log.gz', delim = ' ', header = true, nullstr = '-', quote = '', escape = '',
        columns = {columns}, filename = true)
    WHERE "log-status" = 'OK'
)
SELECT region_name AS region, account AS accountId, strftime(make_timestamp(ms * 1000), '%Y%m%d') AS eventDay,
    ms AS "time", make_timestamptz(ms * 1000) AS time_dt, ms AS start_time, make_timestamptz(ms * 1000) AS start_time_dt,
    "end" * 1000 AS end_time, make_timestamptz("end" * 1000000) AS end_time_dt,
    4001 AS class_uid, 'Network Activity' AS class_name, 4 AS category_uid, 'Network Activity' AS category_name,
    activity AS activity_id, if(activity = 6, 'Traffic', 'Refuse') AS activity_name, 400100 + activity AS type_uid,
    if(activity = 6, 'Network Activity: Traffic', 'Network Activity: Refuse') AS type_name,
    1 AS severity_id, 'Informational' AS severity, "log-status" AS status_code,
    {{'version': '1.1.0', 'profiles': ['cloud', 'datetime', 'security_control'], 'product': {{'name': 'Amazon VPC',
        'vendor_name': 'AWS', 'version': version::VARCHAR, 'feature': {{'name': 'Flowlogs'}}}}}} AS metadata,
    {{'provider': 'AWS', 'region': region_name, 'account': {{'uid': account}}}} AS cloud,
    {{'protocol_num': protocol, 'protocol_name': CASE protocol WHEN 6 THEN 'tcp' WHEN 17 THEN 'udp' WHEN 1 THEN 'icmp'
        WHEN 58 THEN 'ipv6-icmp' END, 'protocol_ver_id': family,
        'protocol_ver': if(family = 6, 'Internet Protocol version 6 (IPv6)', 'Internet Protocol version 4 (IPv4)'),
        'direction_id': 0, 'direction': 'Unknown'}} AS connection_info,
    {{'ip': srcaddr, 'port': srcport, 'interface_uid': "interface-id"}} AS src_endpoint,
    {{'ip': dstaddr, 'port': dstport}} AS dst_endpoint,
    {{'packets': packets, 'bytes': bytes}} AS traffic,
    verdict AS action_id, if(verdict = 1, 'Allowed', 'Denied') AS action,
    verdict AS disposition_id, if(verdict = 1, 'Allowed', 'Blocked') AS disposition
FROM typed
"""

QUERY = """{{"version": "VARCHAR", "account_id": "VARCHAR", "region": "VARCHAR", "vpc_id": "VARCHAR",
    "query_timestamp": "TIMESTAMP", "query_name": "VARCHAR", "query_type": "VARCHAR", "query_class": "VARCHAR",
    "rcode": "VARCHAR", "answers": "STRUCT(Rdata VARCHAR, Type VARCHAR, Class VARCHAR)[]", "srcaddr": "VARCHAR",
    "srcport": "INTEGER", "transport": "VARCHAR", "srcids": "STRUCT(instance VARCHAR, resolver_endpoint VARCHAR)",
    "firewall_rule_group_id": "VARCHAR", "firewall_rule_action": "VARCHAR", "firewall_domain_list_id": "VARCHAR"}}"""

RESOLVER = """
WITH typed AS (
    SELECT *, region AS region_name, epoch_ms(query_timestamp) AS ms, rtrim(query_name, '.') AS host,
        CASE rcode WHEN 'NOERROR' THEN 0 WHEN 'FORMERR' THEN 1 WHEN 'SERVFAIL' THEN 2 WHEN 'NXDOMAIN' THEN 3
            WHEN 'NOTIMP' THEN 4 WHEN 'REFUSED' THEN 5 ELSE 99 END AS code,
        CASE firewall_rule_action WHEN 'BLOCK' THEN 2 WHEN 'ALERT' THEN 1 END AS verdict
    FROM read_json('{input}/**/*.log.gz', format = 'newline_delimited', columns = """ + QUERY + """)
)
SELECT region_name AS region, account_id AS accountId, strftime(query_timestamp, '%Y%m%d') AS eventDay,
    ms AS "time", make_timestamptz(ms * 1000) AS time_dt, 4003 AS class_uid, 'DNS Activity' AS class_name,
    4 AS category_uid, 'Network Activity' AS category_name, 6 AS activity_id, 'Traffic' AS activity_name,
    400306 AS type_uid, 'DNS Activity: Traffic' AS type_name, 1 AS severity_id, 'Informational' AS severity,
    if(code = 0, 1, 2) AS status_id, if(code = 0, 'Success', 'Failure') AS status,
    {{'version': '1.1.0', 'profiles': ['cloud', 'datetime'], 'product': {{'name': 'Route 53', 'vendor_name': 'AWS',
        'version': version, 'feature': {{'name': 'Resolver Query Logs'}}}}}} AS metadata,
    {{'provider': 'AWS', 'region': region_name, 'account': {{'uid': account_id}}}} AS cloud,
    {{'hostname': host, 'type': query_type, 'class': query_class}} AS query, code AS rcode_id, rcode,
    {{'protocol_name': lower(transport), 'direction_id': 2, 'direction': 'Outbound'}} AS connection_info,
    {{'ip': srcaddr, 'port': srcport, 'vpc_uid': vpc_id, 'instance_uid': srcids.instance}} AS src_endpoint,
    {{'instance_uid': srcids.resolver_endpoint}} AS dst_endpoint,
    list_transform(answers, lambda item: {{'rdata': item.Rdata, 'type': item.Type, 'class': item.Class}}) AS answers,
    verdict AS action_id, CASE verdict WHEN 1 THEN 'Allowed' WHEN 2 THEN 'Denied' END AS action,
    {{'uid': firewall_rule_group_id}} AS firewall_rule, firewall_domain_list_id AS unmapped
FROM typed
"""

REQUEST_FIELDS = [
    "type", "time", "elb", "client", "target", "request_time", "target_time", "response_time", "elb_status",
    "target_status", "received", "sent", "request", "agent", "cipher", "protocol", "target_group", "trace", "domain",
    "cert", "priority", "created", "actions", "redirect", "error", "targets", "target_statuses", "classification",
    "reason", "conn_trace", "new_host", "new_uri", "transform", "node",
]  # fmt: skip

ALB = """
WITH typed AS (
    SELECT *, regexp_replace(filename, {region}, '\\1') AS region_name, regexp_replace(filename, {account}, '\\1') AS account,
        epoch_us("time"::TIMESTAMP) // 1000 AS ms, epoch_us(created::TIMESTAMP) // 1000 AS begun,
        split_part(request, ' ', 1) AS method, if(method = '-', rtrim(split_part(request, ' ', 2), '-'), split_part(request, ' ', 2)) AS url, split_part(request, ' ', 3) AS http,
        regexp_extract(client, '^\\[?(.*?)\\]?:(\\d+)$', ['ip', 'port']) AS peer,
        regexp_extract(target, '^\\[?(.*?)\\]?:(\\d+)$', ['ip', 'port']) AS backend, elb_status::INTEGER AS code
    FROM read_csv('{input}/**/*.log.gz', delim = ' ', header = false, nullstr = '-', quote = '"', escape = '"',
        columns = {columns}, filename = true, null_padding = true)
), more AS (
    SELECT *, regexp_extract(url, '^([a-z]+)://([^:/]+):(\\d+)([^?]*)\\??(.*)$',
        ['scheme', 'host', 'port', 'path', 'query']) AS part,
        CASE method WHEN 'CONNECT' THEN 1 WHEN 'DELETE' THEN 2 WHEN 'GET' THEN 3 WHEN 'HEAD' THEN 4 WHEN 'OPTIONS' THEN 5
            WHEN 'POST' THEN 6 WHEN 'PUT' THEN 7 WHEN 'TRACE' THEN 8 WHEN '-' THEN 0 ELSE 99 END AS activity
    FROM typed
)
SELECT region_name AS region, account AS accountId, strftime(make_timestamp(ms * 1000), '%Y%m%d') AS eventDay,
    ms AS "time", make_timestamptz(ms * 1000) AS time_dt, begun AS start_time, ms AS end_time,
    4002 AS class_uid, 'HTTP Activity' AS class_name, 4 AS category_uid, 'Network Activity' AS category_name,
    activity AS activity_id, method AS activity_name, 400200 + activity AS type_uid,
    1 AS severity_id, 'Informational' AS severity,
    if(code < 400, 1, 2) AS status_id, if(code < 400, 'Success', 'Failure') AS status, elb_status AS status_code,
    {{'version': '1.1.0', 'profiles': ['cloud', 'datetime', 'load_balancer'], 'correlation_uid': trace,
        'product': {{'name': 'Elastic Load Balancing', 'vendor_name': 'AWS',
        'feature': {{'name': 'Application Load Balancer'}}}}}} AS metadata,
    {{'provider': 'AWS', 'region': region_name, 'account': {{'uid': account}}}} AS cloud,
    {{'uid': elb, 'name': split_part(elb, '/', 2), 'code': target_status::INTEGER, 'error_message': error, 'classification': classification,
        'dst_endpoint': {{'ip': backend.ip, 'port': TRY_CAST(backend.port AS INTEGER)}}}} AS load_balancer,
    {{'ip': peer.ip, 'port': TRY_CAST(peer.port AS INTEGER)}} AS src_endpoint, {{'ip': node, 'hostname': domain}} AS dst_endpoint,
    {{'bytes_in': sent::BIGINT, 'bytes_out': received::BIGINT, 'bytes': received::BIGINT + sent::BIGINT}} AS traffic,
    {{'version': protocol, 'cipher': cipher, 'sni': domain}} AS tls,
    {{'http_method': method, 'version': http, 'user_agent': agent, 'url': {{'url_string': url, 'scheme': part.scheme,
        'hostname': part.host, 'port': TRY_CAST(part.port AS INTEGER), 'path': part.path, 'query_string': part.query}}}} AS http_request,
    {{'code': code, 'latency': (target_time::DOUBLE * 1000)::INTEGER}} AS http_response,
    to_json({{'target_group_arn': target_group, 'chosen_cert_arn': cert, 'matched_rule_priority': priority,
        'actions_executed': actions, 'redirect_url': redirect, 'conn_trace_id': conn_trace,
        'classification_reason': reason}})::VARCHAR AS unmapped
FROM more
"""


def text(columns):
    return str(dict(columns))


def main():
    source, inputs, out = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    values = {"input": inputs, "region": REGION, "account": ACCOUNT}
    places, query = "region, accountId, eventDay", None
    if source == "cloudtrail":
        query, places = CLOUDTRAIL.format(record=RECORD, **values), f"class_uid, {places}"
    elif source == "vpc-flow":
        query = FLOW.format(columns=text(FLOW_V2), **values)
    elif source == "route53-resolver":
        query = RESOLVER.format(**values)
    elif source == "alb":
        query = ALB.format(columns=text((name, "VARCHAR") for name in REQUEST_FIELDS), **values)
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = true")
    connection.execute(
        f"""COPY ({query} ORDER BY {places}, "time") TO '{out}'
        (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY ({places}), WRITE_PARTITION_COLUMNS)"""
    )


if __name__ == "__main__":
    main()
