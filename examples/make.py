#!/usr/bin/env python3
"""Writes the example logs: `python3 examples/make.py`. `--check` compares what is there with what would be written.

Everything in them is invented. They show each form in which CloudTrail reaches users, each kind of identity, some logs
of every other source, and what is not to be converted: a digest, a delivery test, summaries, one broken record. The same logs come out every time; Zstandard
needs the package pyarrow, all else the standard library.
"""

import gzip
import json
import pathlib
import sys
import uuid

LOGS = pathlib.Path(__file__).parent / "logs"
SHOP, BANK, LAB = "111122223333", "444455556666", "012345678901"
ORG = "o-a1b2c3d4e5"
DUBLIN, VIRGINIA, OREGON, SYDNEY = "eu-west-1", "us-east-1", "us-west-2", "ap-southeast-2"

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
CLI = "aws-cli/2.15.40 md/awscrt#0.19.19 os/linux#6.1 lang/python#3.11.8 cfg/retry-mode#standard"
SDK = "Boto3/1.34.90 md/Botocore#1.34.90 os/linux#6.1 lang/python#3.12.3"
TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKENthatNobodyShouldEverFindInALake=="


def guid(*parts):
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, parts))))


# Who called.


def iam_user(name, account=SHOP, mfa=None):
    who = {
        "type": "IAMUser",
        "principalId": f"AIDAXMPL{name.upper():0<12}",
        "arn": f"arn:aws:iam::{account}:user/{name}",
        "accountId": account,
        "accessKeyId": f"AKIAXMPL{name.upper():0<12}",
        "userName": name,
    }
    if mfa is not None:
        who["sessionContext"] = {
            "attributes": {"creationDate": "2024-05-01T08:55:00Z", "mfaAuthenticated": str(mfa).lower()}
        }
    return who


def root(account=SHOP):
    return {
        "type": "Root",
        "principalId": account,
        "arn": f"arn:aws:iam::{account}:root",
        "accountId": account,
        "accessKeyId": "",
    }


def role(name, session, account=SHOP, **context):
    return {
        "type": "AssumedRole",
        "principalId": f"AROAXMPL{name.upper().replace('-', ''):0<12.12}:{session}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        "accountId": account,
        "accessKeyId": f"ASIAXMPL{name.upper().replace('-', ''):0<12.12}",
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": f"AROAXMPL{name.upper().replace('-', ''):0<12.12}",
                "arn": f"arn:aws:iam::{account}:role/{name}",
                "accountId": account,
                "userName": name,
            },
            "webIdFederationData": {},
            "attributes": {"creationDate": "2024-05-01T09:00:00Z", "mfaAuthenticated": "false"},
            **context,
        },
    }


FEDERATED = {
    "type": "FederatedUser",
    "principalId": f"{SHOP}:contractor",
    "arn": f"arn:aws:sts::{SHOP}:federated-user/contractor",
    "accountId": SHOP,
    "accessKeyId": "ASIAXMPLCONTRACTOR00",
    "sessionContext": {
        "sessionIssuer": {
            "type": "IAMUser",
            "principalId": "AIDAXMPLBROKER000000",
            "arn": f"arn:aws:iam::{SHOP}:user/broker",
            "accountId": SHOP,
            "userName": "broker",
        },
        "attributes": {"creationDate": "2024-05-01T09:30:00Z", "mfaAuthenticated": "false"},
    },
}
SAML = {
    "type": "SAMLUser",
    "principalId": "kJ8sXmpl:ana@example.com",
    "userName": "ana@example.com",
    "identityProvider": "https://sso.example.com/idp",
}
WEB = {
    "type": "WebIdentityUser",
    "principalId": "accounts.google.com:shop-app:10769150350006150715113082367",
    "userName": "10769150350006150715113082367",
    "identityProvider": "accounts.google.com",
}
OTHER_ACCOUNT = {"type": "AWSAccount", "principalId": "AIDAXMPLVISITOR00000", "accountId": BANK}
SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
IDENTITY_CENTER = {
    "type": "IdentityCenterUser",
    "accountId": SHOP,
    "onBehalfOf": {
        "userId": "544894e8-80c1-707f-60e3-3ba6510dfac1",
        "identityStoreArn": f"arn:aws:identitystore::{SHOP}:identitystore/d-9067642ac7",
    },
    "credentialId": "EXAMPLEVHULjJdTUdPJfofVa1sufHDoj7aYcOYcxFVllWR",
}
DIRECTORY = {"type": "Directory", "principalId": "d-90670000aa", "accountId": SHOP, "userName": "EXAMPLE\\omar"}
UNKNOWN = {"type": "Unknown", "principalId": SHOP, "accountId": SHOP, "userName": "jo"}
NOBODY = {"accountId": SHOP, "invokedBy": "AWS Internal"}


# What happened.


def event(time, source, name, who, *, region=DUBLIN, account=SHOP, ip="192.0.2.10", agent=CLI, reads=False, **more):
    """A management event; `more` adds members, replaces them, or takes them away (`...`)."""
    record = {
        "eventVersion": "1.09",
        "userIdentity": who,
        "eventTime": time,
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": ip,
        "userAgent": agent,
        "requestParameters": None,
        "responseElements": None,
        "requestID": guid("request", time, name),
        "eventID": guid("event", time, source, name, region, account),
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
    record.update(more)
    return {key: value for key, value in record.items() if value is not ...}


def sign_in(time, who, outcome, *, mfa="No", **more):
    return event(
        time, "signin", "ConsoleLogin", who, agent=BROWSER,
        responseElements={"ConsoleLogin": outcome},
        additionalEventData={
            "LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true",
            "MobileVersion": "No",
            "MFAUsed": mfa,
        },
        requestID=..., eventType="AwsConsoleSignIn", **more,
    )  # fmt: skip


def assume_role(time, name, who, target, session, **more):
    account = target.split(":")[4]
    return event(
        time, "sts", name, who, reads=True, account=account,
        requestParameters={"roleArn": target, "roleSessionName": session, "durationSeconds": 3600},
        responseElements={
            "credentials": {
                "accessKeyId": "ASIAXMPLSESSION00001",
                "sessionToken": TOKEN,
                "expiration": "May 1, 2024, 11:00:00 AM",
            },
            "assumedRoleUser": {
                "assumedRoleId": f"AROAXMPLTARGET000000:{session}",
                "arn": target.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + f"/{session}",
            },
        },
        resources=[{"accountId": account, "type": "AWS::IAM::Role", "ARN": target}],
        tlsDetails={
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": "sts.eu-west-1.amazonaws.com",
        },
        **more,
    )  # fmt: skip


ANA, DEPLOY = iam_user("ana", mfa=True), role("deploy", "pipeline-4711")

MORNING = [
    sign_in("2024-05-01T09:00:12Z", iam_user("ana"), "Success", mfa="Yes", region=VIRGINIA),
    sign_in(
        "2024-05-01T09:02:41Z", {**iam_user("jo"), "accessKeyId": ""}, "Failure", ip="198.51.100.23", region=VIRGINIA,
        errorMessage="Failed authentication",
    ),
    sign_in("2024-05-01T09:04:00Z", root(), "Success", mfa="Yes", ip="2001:db8:4::17", region=VIRGINIA),
    event(
        "2024-05-01T09:05:30Z", "iam", "CreateUser", ANA, region=VIRGINIA,
        requestParameters={"userName": "trainee", "tags": [{"key": "team", "value": "shop"}]},
        responseElements={
            "user": {
                "path": "/", "userName": "trainee", "userId": "AIDAXMPLTRAINEE00000",
                "arn": f"arn:aws:iam::{SHOP}:user/trainee", "createDate": "May 1, 2024, 9:05:30 AM",
            }
        },
    ),
    event(
        "2024-05-01T09:06:02Z", "iam", "AttachUserPolicy", ANA, region=VIRGINIA,
        requestParameters={"userName": "trainee", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
    ),
    event(
        "2024-05-01T09:07:10Z", "iam", "CreateLoginProfile", ANA, region=VIRGINIA,
        requestParameters={"userName": "trainee", "passwordResetRequired": True},
        responseElements={
            "loginProfile": {
                "userName": "trainee", "createDate": "May 1, 2024, 9:07:10 AM", "passwordResetRequired": True,
            }
        },
    ),
    event(
        "2024-05-01T09:09:59Z", "iam", "DeactivateMFADevice", root(), region=VIRGINIA, ip="2001:db8:4::17", agent=BROWSER,
        requestParameters={"userName": "omar", "serialNumber": f"arn:aws:iam::{SHOP}:mfa/omar"},
        sessionCredentialFromConsole="true",
    ),
]  # fmt: skip

WORKDAY = [
    event(
        "2024-05-01T10:00:00Z", "ec2", "RunInstances", DEPLOY, agent=SDK,
        requestParameters={
            "instancesSet": {"items": [{"imageId": "ami-0abc1234def567890", "minCount": 1, "maxCount": 1}]},
            "instanceType": "t3.micro", "blockDeviceMapping": {}, "monitoring": {"enabled": False},
        },
        responseElements={
            "instancesSet": {
                "items": [
                    {
                        "instanceId": "i-0123456789abcdef0", "instanceState": {"code": 0, "name": "pending"},
                        "privateIpAddress": "10.0.4.20", "subnetId": "subnet-0a1b2c3d",
                    }
                ]
            }
        },
    ),
    event(
        "2024-05-01T10:00:01Z", "ec2", "AuthorizeSecurityGroupIngress", DEPLOY, agent=SDK,
        errorCode="Client.UnauthorizedOperation",
        errorMessage="You are not authorized to perform this operation.",
        requestParameters={
            "groupId": "sg-0a1b2c3d4e5f",
            "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
                                         "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]},
        },
    ),
    event(
        "2024-05-01T10:00:01Z", "ec2", "DescribeInstances", DEPLOY, agent=SDK, reads=True,
        requestParameters={"instancesSet": {}, "filterSet": {}},
    ),
    event(
        "2024-05-01T10:02:17Z", "s3", "GetObject", role("report", "i-0123456789abcdef0", ec2RoleDelivery="2.0"),
        ip="10.0.4.20", agent=f"[{SDK}]", reads=True, managementEvent=False, eventCategory="Data",
        requestParameters={"bucketName": "shop-reports", "Host": "shop-reports.s3.eu-west-1.amazonaws.com",
                           "key": "2024/04/März.csv"},
        additionalEventData={"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256",
                             "bytesTransferredIn": 0, "bytesTransferredOut": 18446744073709551615,
                             "x-amz-id-2": "XmplId2=", "AuthenticationMethod": "AuthHeader"},
        resources=[
            {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::shop-reports/2024/04/März.csv"},
            {"accountId": SHOP, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::shop-reports"},
        ],
        vpcEndpointId="vpce-0f00ba11",
    ),
    event(
        "2024-05-01T10:03:30Z", "lambda", "Invoke", SERVICE, ip="apigateway.amazonaws.com",
        agent="apigateway.amazonaws.com", managementEvent=False, eventCategory="Data",
        requestParameters={"functionName": f"arn:aws:lambda:eu-west-1:{SHOP}:function:checkout"},
        resources=[{"accountId": SHOP, "type": "AWS::Lambda::Function",
                    "ARN": f"arn:aws:lambda:eu-west-1:{SHOP}:function:checkout"}],
        sharedEventID=guid("shared", 1),
    ),
    event("2024-05-01T10:05:00Z", "s3", "ListBuckets", FEDERATED, ip="198.51.100.77", reads=True),
]  # fmt: skip

# Delivered after midnight, called before.
LATE = [
    event("2024-05-01T23:58:44Z", "ssm", "GetParameter", DEPLOY, reads=True,
          requestParameters={"name": "/shop/db/url", "withDecryption": True}),
    event("2024-05-02T00:01:03Z", "kms", "Decrypt", DEPLOY, reads=True, ip="ssm.amazonaws.com", agent="ssm.amazonaws.com",
          requestParameters={"encryptionContext": {"PARAMETER_ARN": f"arn:aws:ssm:eu-west-1:{SHOP}:parameter/shop/db/url"}},
          resources=[{"accountId": SHOP, "type": "AWS::KMS::Key",
                      "ARN": f"arn:aws:kms:eu-west-1:{SHOP}:key/{guid('key')}"}]),
]  # fmt: skip

BANK_ROLE = f"arn:aws:iam::{BANK}:role/auditor"
PARTNERS = [
    assume_role("2024-05-01T11:10:00Z", "AssumeRole", iam_user("ana"), BANK_ROLE, "ana-audit", region=OREGON,
                sharedEventID=guid("shared", 2)),
    assume_role("2024-05-01T11:12:00Z", "AssumeRoleWithSAML", SAML, BANK_ROLE, "ana@example.com", region=OREGON,
                ip="203.0.113.9", agent=BROWSER),
    assume_role("2024-05-01T11:13:00Z", "AssumeRoleWithWebIdentity", WEB, BANK_ROLE, "shop-app", region=OREGON,
                ip="203.0.113.80", agent="shop-app/3.1"),
    event("2024-05-01T11:20:00Z", "dynamodb", "DeleteTable", role("auditor", "ana-audit", BANK), region=OREGON,
          account=BANK, errorCode="AccessDenied",
          errorMessage="User is not authorized to perform: dynamodb:DeleteTable",
          requestParameters={"tableName": "ledger"}),
]  # fmt: skip

LAB_DAY = [
    event("2024-05-02T03:14:15Z", "sqs", "CreateQueue", iam_user("kim", LAB), region=SYDNEY, account=LAB,
          requestParameters={"queueName": "jobs", "attribute": {"VisibilityTimeout": "30"}},
          responseElements={"queueUrl": f"https://sqs.{SYDNEY}.amazonaws.com/{LAB}/jobs"}),
    event("2024-05-02T03:15:00Z", "sqs", "TagQueue", iam_user("kim", LAB), region=SYDNEY, account=LAB,
          requestParameters={"queueUrl": f"https://sqs.{SYDNEY}.amazonaws.com/{LAB}/jobs", "tags": {"env": "lab"}}),
    event("2024-05-02T03:16:00Z", "ecr", "GetAuthorizationToken", iam_user("kim", LAB), region=SYDNEY, account=LAB,
          reads=True, responseElements={"authorizationData": [{"authorizationToken": TOKEN}]}),
]  # fmt: skip

# Somebody got hold of a key: an old client looks around, then takes down what it can.
INCIDENT = [
    event("2024-05-02T04:00:02Z", "sts", "GetCallerIdentity", iam_user("kim", LAB), region=SYDNEY, account=LAB,
          ip="203.0.113.66", agent="python-requests/2.9", reads=True,
          tlsDetails={"tlsVersion": "TLSv1.1", "cipherSuite": "ECDHE-RSA-AES128-SHA",
                      "clientProvidedHostHeader": "sts.ap-southeast-2.amazonaws.com"}),
    event("2024-05-02T04:00:09Z", "ec2", "DescribeInstances", iam_user("kim", LAB), region=SYDNEY, account=LAB,
          ip="203.0.113.66", agent="python-requests/2.9", reads=True,
          requestParameters={"instancesSet": {}, "filterSet": {}},
          tlsDetails={"tlsVersion": "TLSv1", "cipherSuite": "AES128-SHA",
                      "clientProvidedHostHeader": "ec2.ap-southeast-2.amazonaws.com"}),
    *(
        event(f"2024-05-02T04:{1 + at // 8:02}:{at % 8 * 7:02}Z", "ec2", "TerminateInstances", iam_user("kim", LAB),
              region=SYDNEY, account=LAB, ip="203.0.113.66", agent="python-requests/2.9",
              requestParameters={"instancesSet": {"items": [{"instanceId": f"i-0{at:016x}"}]}},
              responseElements={"instancesSet": {"items": [{
                  "instanceId": f"i-0{at:016x}",
                  "currentState": {"code": 32, "name": "shutting-down"},
                  "previousState": {"code": 16, "name": "running"},
              }]}})
        for at in range(23)
    ),
]  # fmt: skip

EXPORTED = [
    event("2024-05-02T12:00:00Z", "iam", "UpdateAccessKey", iam_user("omar"), region=VIRGINIA,
          requestParameters={"userName": "omar", "accessKeyId": "AKIAXMPLOMAR00000000", "status": "Inactive"}),
    event("2024-05-02T12:01:00Z", "iam", "DeleteUser", iam_user("omar"), region=VIRGINIA,
          errorCode="DeleteConflictException", errorMessage="Cannot delete entity, must detach all policies first.",
          requestParameters={"userName": "trainee"}),
    event("2024-05-02T12:02:00Z", "workspaces", "DescribeWorkspaces", DIRECTORY, reads=True),
]  # fmt: skip

IDENTITY_CENTER_DAY = [
    event("2024-05-02T07:30:00Z", "sso", "UserAuthentication", IDENTITY_CENTER, region=VIRGINIA, agent=BROWSER,
          ip="203.0.113.41", eventType="AwsServiceEvent", requestID=...,
          additionalEventData={"AuthWorkflowID": guid("workflow"), "LoginTo": "https://d-9067642ac7.awsapps.com/start/",
                               "CredentialType": "PASSWORD,TOTP", "UserName": "ana"},
          serviceEventDetails={"UserAuthentication": "Success"}),
    event("2024-05-02T07:31:00Z", "signin", "CredentialVerification", UNKNOWN, region=VIRGINIA, agent=BROWSER,
          ip="203.0.113.41", eventType="AwsServiceEvent", requestID=..., eventVersion="1.08",
          additionalEventData={"AuthWorkflowID": guid("workflow", 2), "CredentialType": "PASSWORD"},
          serviceEventDetails={"CredentialVerification": "Failure"}),
    event("2024-05-02T07:40:00Z", "kms", "RotateKey", NOBODY, ip="AWS Internal", agent="AWS Internal",
          eventType="AwsServiceEvent", requestParameters=..., responseElements=..., requestID=...,
          serviceEventDetails={"keyId": guid("key"), "backingKeyId": "xmpl"}),
]  # fmt: skip

STREAMED = [
    event("2024-05-02T08:00:00Z", "cloudformation", "CreateStack", {**DEPLOY, "invokedBy": "codepipeline.amazonaws.com"},
          ip="codepipeline.amazonaws.com", agent="codepipeline.amazonaws.com",
          requestParameters={"stackName": "shop", "capabilities": ["CAPABILITY_IAM"]},
          responseElements={"stackId": f"arn:aws:cloudformation:eu-west-1:{SHOP}:stack/shop/{guid('stack')}"}),
    event("2024-05-02T08:00:05Z", "secretsmanager", "GetSecretValue", DEPLOY, reads=True, agent=SDK,
          requestParameters={"secretId": "shop/db"}),
    event("2024-05-02T08:00:09Z", "logs", "PutRetentionPolicy", DEPLOY, agent=SDK,
          requestParameters={"logGroupName": "/shop/checkout", "retentionInDays": 30}),
    event("2024-05-02T08:00:30Z", "s3", "PutBucketPolicy", OTHER_ACCOUNT, ip="198.51.100.200", errorCode="AccessDenied",
          errorMessage="Access Denied", requestParameters={"bucketName": "shop-reports", "policy": ""}),
    event("2024-05-02T08:01:00Z", "rds", "ModifyDBInstance", DEPLOY, agent=SDK,
          requestParameters={"dBInstanceIdentifier": "shop", "masterUserPassword": "****", "applyImmediately": True},
          responseElements={"dBInstanceStatus": "modifying", "allocatedStorage": 20}),
    event("2024-05-02T08:02:00Z", "autoscaling", "TerminateInstanceInAutoScalingGroup", SERVICE,
          ip="autoscaling.amazonaws.com", agent="autoscaling.amazonaws.com",
          requestParameters={"instanceId": "i-0123456789abcdef0", "shouldDecrementDesiredCapacity": False}),
]  # fmt: skip

NETWORK = [
    event("2024-05-01T13:00:00Z", "s3", "PutObject", OTHER_ACCOUNT, ip="10.0.9.9", eventVersion="1.11",
          eventType="AwsVpceEvent", eventCategory="NetworkActivity", managementEvent=..., readOnly=..., userAgent=...,
          requestParameters=..., responseElements=..., errorCode="VpceAccessDenied",
          errorMessage="The request was denied due to a VPC endpoint policy", vpcEndpointId="vpce-0f00ba11",
          vpcEndpointAccountId=SHOP, sharedEventID=guid("shared", 3)),
]  # fmt: skip

INSIGHT = [
    {
        "eventVersion": "1.07",
        "eventTime": "2024-05-01T14:20:00Z",
        "awsRegion": VIRGINIA,
        "eventID": guid("insight", state),
        "eventType": "AwsCloudTrailInsight",
        "recipientAccountId": SHOP,
        "sharedEventID": guid("insight"),
        "insightDetails": {
            "state": state,
            "eventSource": "iam.amazonaws.com",
            "eventName": "AttachUserPolicy",
            "insightType": "ApiCallRateInsight",
            "insightContext": {
                "statistics": {"baseline": {"average": 0.002}, "insight": {"average": 4.5}, "insightDuration": 3,
                               "baselineDuration": 10080},
                "attributions": [{"attribute": "userIdentityArn",
                                  "insight": [{"value": f"arn:aws:iam::{SHOP}:user/omar", "average": 4.5}],
                                  "baseline": []}],
            },
        },
        "eventCategory": "Insight",
    }
    for state in ["Start", "End"]
]  # fmt: skip

AGGREGATED = [
    {
        "eventVersion": "1.0",
        "accountId": SHOP,
        "eventId": guid("aggregated"),
        "eventCategory": "Aggregated",
        "eventType": "AwsAggregatedEvent",
        "awsRegion": DUBLIN,
        "eventSource": "s3.amazonaws.com",
        "timeWindow": {"windowStart": "2024-05-01T10:00:00Z", "windowEnd": "2024-05-01T10:05:00Z", "windowSize": "PT5M"},
        "summary": {
            "primaryDimension": {"dimension": "eventName", "statistics": [{"name": "GetObject", "value": 4711}],
                                 "aggregationType": "Count"},
            "details": [],
        },
    }
]  # fmt: skip

# Other sources. Flow logs: the default fields, and fields of one's own choice.
FLOWS = f"""\
version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 {SHOP} eni-0a11bb22cc33dd44e 10.0.4.20 198.51.100.9 44321 443 6 25 20500 1714557600 1714557659 ACCEPT OK
2 {SHOP} eni-0a11bb22cc33dd44e 198.51.100.66 10.0.4.20 51515 22 6 3 180 1714557601 1714557659 REJECT OK
2 {SHOP} eni-0a11bb22cc33dd44e 198.51.100.9 10.0.4.20 443 44321 6 31 48100 1714557602 1714557659 ACCEPT OK
2 {SHOP} eni-0f99ee88dd77cc66b - - - - - - - 1714557600 1714557659 - NODATA
"""
CHOSEN_FLOWS = f"""\
region vpc-id az-id interface-id pkt-srcaddr pkt-dstaddr srcport dstport protocol flow-direction tcp-flags bytes packets start end action log-status account-id version
{DUBLIN} vpc-0e11ff22aa33bb44c euw1-az1 eni-0a11bb22cc33dd44e 2001:db8:4::20 2001:db8:9::53 40000 53 17 egress 0 152 2 1714561200 1714561259 ACCEPT OK {SHOP} 5
{DUBLIN} vpc-0e11ff22aa33bb44c euw1-az1 eni-0a11bb22cc33dd44e 203.0.113.5 10.0.4.20 60123 8080 6 ingress 2 60 1 1714561201 1714561259 REJECT OK {SHOP} 5
"""
MORE_FLOWS = f"""\
version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 {SHOP} eni-0a11bb22cc33dd44e 198.51.100.66 10.0.4.20 51602 22 6 2 120 1714644000 1714644059 REJECT OK
2 {SHOP} eni-0a11bb22cc33dd44e 198.51.100.67 10.0.4.20 51603 3389 6 1 60 1714644001 1714644059 REJECT OK
2 {SHOP} eni-0a11bb22cc33dd44e 198.51.100.67 10.0.4.20 51604 123 17 1 76 1714644002 1714644059 REJECT OK
"""

ALB = f"""\
https 2024-05-01T10:30:00.123456Z app/shop/50dc6c495c0c9188 203.0.113.9:41234 10.0.4.20:8080 0.001 0.042 0.000 200 200 512 10240 "GET https://shop.example.com:443/cart?item=42 HTTP/2.0" "Mozilla/5.0 (X11; Linux x86_64; rv:125.0)" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:{DUBLIN}:{SHOP}:targetgroup/shop/73e2d6bc24d8a067 "Root=1-66321a38-0123456789abcdef01234567" "shop.example.com" "arn:aws:acm:{DUBLIN}:{SHOP}:certificate/{guid('certificate')}" 1 2024-05-01T10:30:00.080000Z "waf,forward" "-" "-" "10.0.4.20:8080" "200" "-" "-" TID_0123456789abcdef0123456789abcdef
http 2024-05-01T10:30:05.000001Z app/shop/50dc6c495c0c9188 198.51.100.66:50111 - -1 -1 -1 403 - 330 520 "POST http://shop.example.com:80/wp-login.php HTTP/1.1" "-" - - - "Root=1-66321a3d-89abcdef0123456789abcdef" "-" "-" 0 2024-05-01T10:30:05.000000Z "waf" "-" "-" "-" "-" "-" "-" TID_89abcdef0123456789abcdef01234567
"""
NLB = f"""\
tls 2.0 2024-05-01T10:31:07 net/mqtt/c6e77e28c25b2234 g3d4b5e8bb8464cd 203.0.113.80:51341 10.0.5.30:8883 5 2 98 246 - arn:aws:acm:{DUBLIN}:{SHOP}:certificate/{guid('certificate')} - ECDHE-RSA-AES128-GCM-SHA256 tlsv12 - mqtt.example.com - - - 2024-05-01T10:31:07
"""
CLB = """\
2024-05-01T10:32:00.123456Z legacy 198.51.100.4:2817 10.0.6.7:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://legacy.example.com:80/ HTTP/1.1" "curl/8.5.0" - -
2024-05-01T10:32:01.000000Z legacy 198.51.100.4:2901 10.0.6.7:25 0.001 0.000028 0.000041 - - 82 305 "- - - " "-" - -
"""

RESOLVED = [
    {
        "version": "1.100000", "account_id": SHOP, "region": DUBLIN, "vpc_id": "vpc-0e11ff22aa33bb44c",
        "query_timestamp": "2024-05-01T10:33:00Z", "query_name": name, "query_type": "A", "query_class": "IN",
        "rcode": rcode, "answers": answers, "srcaddr": "10.0.4.20", "srcport": "56067", "transport": "UDP",
        "srcids": {"instance": "i-0123456789abcdef0"},
    }
    for name, rcode, answers in [
        ("api.example.com.", "NOERROR", [{"Rdata": "203.0.113.10", "Type": "A", "Class": "IN"}]),
        ("no-such-host.example.com.", "NXDOMAIN", []),
    ]
]  # fmt: skip
ASKED = """\
1.0 2024-05-01T10:34:00.123Z Z0123456789ABCDEFGHIJ www.example.com A NOERROR UDP DUB2-C1 192.0.2.53 -
1.0 2024-05-01T10:34:01.456Z Z0123456789ABCDEFGHIJ mail.example.com MX NXDOMAIN TCP FRA6-P2 2001:db8::53 2001:db8:abcd::/48
"""

DIGEST = {
    "awsAccountId": SHOP,
    "digestStartTime": "2024-05-01T09:00:00Z",
    "digestEndTime": "2024-05-01T10:00:00Z",
    "digestS3Bucket": "example-trail",
    "digestS3Object": f"AWSLogs/{SHOP}/CloudTrail-Digest/eu-west-1/2024/05/01/example.json.gz",
    "digestPublicKeyFingerprint": "0123456789abcdef0123456789abcdef",
    "digestSignatureAlgorithm": "SHA256withRSA",
    "newestEventTime": None,
    "oldestEventTime": None,
    "previousDigestS3Bucket": None,
    "previousDigestS3Object": None,
    "previousDigestHashValue": None,
    "previousDigestHashAlgorithm": None,
    "previousDigestSignature": None,
    "logFiles": [],
}


# How it was delivered.


def line(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pretty(value):
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def records(events):
    return line({"Records": events}) + "\n"


def gz(*parts):
    """A gzip file, one member a part."""
    return b"".join(gzip.compress(part.encode(), mtime=0) for part in parts)


def zst(text):
    import pyarrow

    return pyarrow.compress(text.encode(), codec="zstd", asbytes=True)


def key(account, region, day, stamp, mark, family="CloudTrail", org="", ending="json.gz"):
    folder = f"AWSLogs/{org}{account}/{family}/{region}/2024/05/{day}"
    return f"{folder}/{account}_{family}_{region}_{stamp}_{mark}.{ending}"


def flow_key(stamp, flow_log, mark):
    day = stamp[6:8]
    return f"AWSLogs/{SHOP}/vpcflowlogs/{DUBLIN}/2024/05/{day}/{SHOP}_vpcflowlogs_{DUBLIN}_{flow_log}_{stamp}_{mark}.log.gz"


def elb_key(name, stamp, ending):
    folder = f"AWSLogs/{SHOP}/elasticloadbalancing/{DUBLIN}/2024/05/01"
    return f"{folder}/{SHOP}_elasticloadbalancing_{DUBLIN}_{name}_{stamp}{ending}"


def subscription(messages, kind="DATA_MESSAGE", group="example-trail", stream=f"{SHOP}_CloudTrail_{DUBLIN}"):
    """What a CloudWatch Logs subscription hands on."""
    control = kind == "CONTROL_MESSAGE"
    log_events = [
        {
            "id": str(38_240_000_000_000_000_000 + number),
            "timestamp": 1_714_636_800_000 + number,
            "message": message,
        }
        for number, message in enumerate(messages)
    ]
    return line(
        {
            "messageType": kind,
            "owner": "CloudwatchLogs" if control else SHOP,
            "logGroup": "" if control else group,
            "logStream": "" if control else stream,
            "subscriptionFilters": [] if control else ["all"],
            "logEvents": log_events,
        }
    )


def event_bridge(record, kind="AWS API Call via CloudTrail"):
    return line(
        {
            "version": "0",
            "id": guid("bridge", record["eventID"]),
            "detail-type": kind,
            "source": "aws." + record["eventSource"].split(".")[0],
            "account": record["recipientAccountId"],
            "time": record["eventTime"],
            "region": record["awsRegion"],
            "resources": [],
            "detail": record,
        }
    )


def lookup(record):
    """An entry of what `aws cloudtrail lookup-events` prints."""
    return {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(record["readOnly"]).lower(),
        "EventTime": record["eventTime"],
        "EventSource": record["eventSource"],
        "Username": record["userIdentity"].get("userName", "pipeline-4711"),
        "Resources": [],
        "CloudTrailEvent": line(record),
    }


def moved(events, minutes):
    """The same calls, some minutes later."""
    later = []
    for record in events:
        hour, minute = int(record["eventTime"][11:13]), int(record["eventTime"][14:16]) + minutes
        time = f"{record['eventTime'][:11]}{hour + minute // 60:02}:{minute % 60:02}{record['eventTime'][16:]}"
        later.append({**record, "eventTime": time, "eventID": guid("event", time, record["eventName"])})
    return later


def broken():
    """An object with a record that is no JSON between two that are, and one without a time."""
    good = [line(record) for record in moved(WORKDAY[:3], 90)]
    no_time = line({name: value for name, value in WORKDAY[0].items() if name != "eventTime"})
    torn = good[1].replace('"requestParameters":', '"requestParameters" ', 1)
    return '{"Records":[' + ",".join([good[0], torn, good[2], no_time]) + "]}\n"


def files():
    """Every example: its path and its bytes."""
    export = "cloudwatch/export/0e3c9d4a-5a31-4f3a-9d6b-000000000001"
    text = {
        "exports/event-history.json": "\ufeff" + pretty({"Records": EXPORTED}),
        "exports/one-event.json": pretty(moved(EXPORTED[:1], 10)[0]),
        "exports/array.json": pretty(moved(EXPORTED[1:], 20)),
        "exports/events.ndjson": "".join(line(record) + "\n" for record in IDENTITY_CENTER_DAY),
        "exports/lookup-events.json": pretty({"Events": [lookup(record) for record in moved(STREAMED[:2], 30)]}),
        "eventbridge/archive.ndjson": "".join(event_bridge(record) + "\n" for record in moved(STREAMED[2:4], 40)),
        "firehose/glued": "".join(line(record) for record in moved(STREAMED, 50)),
        f"{export}/aws-logs-write-test": "Permission Check Successful",
        "broken/half-written.json": broken(),
    }
    exported = "".join(f"{record['eventTime'][:-1]}.000Z {line(record)}\n" for record in moved(STREAMED[1:3], 70))
    binary = {
        key(SHOP, VIRGINIA, "01", "20240501T0910Z", "Qm3kT8vYw2Lr9sXd"): gz(records(MORNING)),
        key(SHOP, DUBLIN, "01", "20240501T1010Z", "b7HcN4zRj0PaE5uK"): gz(records(WORKDAY)),
        key(SHOP, DUBLIN, "02", "20240502T0005Z", "x2VfG9qLs6TmW1oB"): gz(records(LATE)),
        key(BANK, OREGON, "01", "20240501T1125Z", "h5JdK8nQw3ZyR7eC", org=f"{ORG}/"): gz(
            records(PARTNERS[:3]), records(PARTNERS[3:])
        ),
        key(LAB, SYDNEY, "02", "20240502T0320Z", "t4MvS1xUa9GbF6iP", org=f"{ORG}/", ending="json.zst"): zst(
            records(LAB_DAY)
        ),
        key(LAB, SYDNEY, "02", "20240502T0405Z", "e3RnY8oPb1KzU5wD", org=f"{ORG}/"): gz(records(INCIDENT)),
        key(SHOP, VIRGINIA, "01", "20240501T1425Z", "n8EwL3kXc5DjH2rY", "CloudTrail-Insight"): gz(records(INSIGHT)),
        key(SHOP, DUBLIN, "01", "20240501T1305Z", "p6QzB0tVm7SfA4gJ", "CloudTrail-NetworkActivity"): gz(
            records(NETWORK)
        ),
        key(SHOP, DUBLIN, "01", "20240501T1010Z", "d1RkY5hTn9WcX3aM", "CloudTrail-Aggregated"): gz(
            records(AGGREGATED)
        ),
        f"AWSLogs/{SHOP}/CloudTrail-Digest/{DUBLIN}/2024/05/01/"
        f"{SHOP}_CloudTrail-Digest_{DUBLIN}_example-trail_{DUBLIN}_20240501T100000Z.json.gz": gz(line(DIGEST)),
        flow_key("20240501T1000Z", "fl-0c0ffee0c0ffee001", "5e1f0a2b"): gz(FLOWS),
        flow_key("20240501T1100Z", "fl-0c0ffee0c0ffee002", "7d3c9b1e"): gz(CHOSEN_FLOWS),
        flow_key("20240502T1000Z", "fl-0c0ffee0c0ffee001", "c41d7e90"): gz(MORE_FLOWS),
        elb_key("app.shop.50dc6c495c0c9188", "20240501T1035Z", "_10.0.4.5_3kd9xm2q.log.gz"): gz(ALB),
        elb_key("net.mqtt.c6e77e28c25b2234", "20240501T1035Z", "_8s6tp0wn.log.gz"): gz(NLB),
        elb_key("legacy", "20240501T1035Z", "_10.0.6.5_5m4vb7ra.log"): CLB.encode(),
        f"AWSLogs/{SHOP}/vpcdnsquerylogs/vpc-0e11ff22aa33bb44c/2024/05/01/"
        f"vpc-0e11ff22aa33bb44c_vpcdnsquerylogs_{SHOP}_20240501T1035Z_2f7c1d90.log.gz": gz(
            "".join(line(record) + "\n" for record in RESOLVED)
        ),
        "cloudwatch/route53-public.gz": gz(
            subscription(ASKED.splitlines(), group="/aws/route53/example.com", stream="Z0123456789ABCDEFGHIJ/DUB2-C1")
        ),
        "cloudwatch/subscription.gz": gz(
            subscription(["CWL CONTROL MESSAGE: Checking health of destination Firehose."], "CONTROL_MESSAGE"),
            subscription(map(line, moved(STREAMED[:3], 60))),
        ),
        f"{export}/{SHOP}_CloudTrail_{DUBLIN}/000000.gz": gz(exported),
    }
    return {path: content.encode() for path, content in text.items()} | binary


def opened(path, content):
    """The content without its compression, which may differ from library to library."""
    if content.startswith(b"\x1f\x8b"):
        return gzip.decompress(content)
    if path.endswith(".zst"):
        import pyarrow

        return pyarrow.input_stream(pyarrow.BufferReader(content), compression="zstd").read()
    return content


def check():
    wanted = files()
    there = {str(path.relative_to(LOGS)) for path in LOGS.rglob("*") if path.is_file()}
    stale = sorted(there ^ wanted.keys())
    stale += [path for path in there & wanted.keys()
              if opened(path, (LOGS / path).read_bytes()) != opened(path, wanted[path])]  # fmt: skip
    if stale:
        sys.exit("stale, run `python3 examples/make.py`: " + ", ".join(stale))


def main():
    if sys.argv[1:] == ["--check"]:
        return check()
    for path, content in files().items():
        (LOGS / path).parent.mkdir(parents=True, exist_ok=True)
        (LOGS / path).write_bytes(content)


if __name__ == "__main__":
    main()
