//! The calls that a trail records: how often, and what is in them. `<names>` are filled in for each record.

/// A kind of call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    /// How often, against the others.
    pub(crate) weight: u64,
    pub(crate) service: &'static str,
    pub(crate) name: &'static str,
    pub(crate) reads: bool,
    /// A data event.
    pub(crate) data: bool,
    pub(crate) by: By,
    pub(crate) request: &'static str,
    pub(crate) response: &'static str,
    /// Items of `resources`; empty where there is no such member.
    pub(crate) resources: &'static str,
    /// `additionalEventData`; empty where there is no such member.
    pub(crate) more: &'static str,
}

/// Who makes such calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    Anyone,
    /// This service of AWS.
    Service(&'static str),
    /// Somebody at the console.
    Login,
    Saml,
    Web,
    /// The service itself reports what happened.
    Event,
}

const fn reads(weight: u64, service: &'static str, name: &'static str, request: &'static str) -> Call {
    Call {
        weight,
        service,
        name,
        reads: true,
        data: false,
        by: By::Anyone,
        request,
        response: "null",
        resources: "",
        more: "",
    }
}

const fn writes(
    weight: u64,
    service: &'static str,
    name: &'static str,
    request: &'static str,
    response: &'static str,
) -> Call {
    Call { reads: false, response, ..reads(weight, service, name, request) }
}

impl Call {
    const fn by(self, by: By) -> Self {
        Self { by, ..self }
    }

    const fn on(self, resources: &'static str) -> Self {
        Self { resources, ..self }
    }

    const fn with(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    const fn answers(self, response: &'static str) -> Self {
        Self { response, ..self }
    }

    const fn data(self) -> Self {
        Self { data: true, ..self }
    }
}

const BUCKET: &str = r#"{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}"#;
const OBJECT: &str = r#"{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::<bucket>/<key>"},{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}"#;
const KEY: &str =
    r#"{"accountId":"<account>","type":"AWS::KMS::Key","ARN":"arn:aws:kms:<region>:<account>:key/<kms>"}"#;
const ROLE: &str =
    r#"{"accountId":"<account>","type":"AWS::IAM::Role","ARN":"arn:aws:iam::<account>:role/<role>"}"#;
const TABLE: &str = r#"{"accountId":"<account>","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:<region>:<account>:table/<table>"}"#;

const S3: &str = r#"{"SignatureVersion":"SigV4","CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":<size>,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"<id2>","bytesTransferredOut":<size>}"#;
const LOGIN: &str = r#"{"LoginTo":"https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true","MobileVersion":"No","MFAUsed":"<yes>"}"#;

const S3_OBJECT: &str =
    r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","key":"<key>"}"#;
const S3_BUCKET: &str = r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","<sub>":""}"#;
const CREDENTIALS: &str = r#"{"credentials":{"accessKeyId":"ASIAXMPL<id12>","sessionToken":"<secret>","expiration":"Jan 2, 2026, 4:05:06 PM"},"assumedRoleUser":{"assumedRoleId":"AROAXMPL<id12>:<session>","arn":"arn:aws:sts::<account>:assumed-role/<role>/<session>"}}"#;
const DATA_KEY: &str = r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<kms>","keySpec":"AES_256","encryptionContext":{"aws:s3:arn":"arn:aws:s3:::<bucket>/<key>"}}"#;
const DECRYPT: &str = r#"{"encryptionAlgorithm":"SYMMETRIC_DEFAULT","encryptionContext":{"PARAMETER_ARN":"arn:aws:ssm:<region>:<account>:parameter/<name>"}}"#;
const INSTANCES: &str = r#"{"instancesSet":{"items":[{"instanceId":"i-<hex17>"}]},"filterSet":{}}"#;
const RUN: &str = r#"{"instancesSet":{"items":[{"imageId":"ami-<hex17>","minCount":1,"maxCount":<small>,"keyName":"<name>"}]},"instanceType":"m7g.large","blockDeviceMapping":{},"monitoring":{"enabled":false},"disableApiTermination":false,"clientToken":"<uuid>","subnetId":"subnet-<hex17>"}"#;
const RAN: &str = r#"{"requestId":"<uuid>","reservationId":"r-<hex17>","ownerId":"<account>","groupSet":{},"instancesSet":{"items":[<instances>]}}"#;
const ROLE_CREATED: &str = r#"{"role":{"assumeRolePolicyDocument":"%7B%22Version%22%3A%222012-10-17%22%7D","arn":"arn:aws:iam::<account>:role/<role>","roleId":"AROAXMPL<id12>","createDate":"<time>","roleName":"<role>","path":"/"}}"#;
const POLICY: &str = r#"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:GetObject\",\"s3:PutObject\"],\"Resource\":\"arn:aws:s3:::<bucket>/*\"}]}"#;

/// Calls with payloads of their own.
pub(crate) const CALLS: &[Call] = &[
    reads(600, "kms", "Decrypt", DECRYPT).on(KEY),
    reads(500, "kms", "GenerateDataKey", DATA_KEY).on(KEY).by(By::Service("s3")),
    reads(250, "kms", "GenerateDataKey", DATA_KEY).on(KEY),
    reads(60, "kms", "DescribeKey", r#"{"keyId":"<kms>"}"#).on(KEY),
    writes(20, "kms", "CreateGrant", r#"{"keyId":"arn:aws:kms:<region>:<account>:key/<kms>","granteePrincipal":"arn:aws:iam::<account>:role/<role>","operations":["Decrypt","Encrypt","GenerateDataKeyWithoutPlaintext"],"constraints":{"encryptionContextSubset":{"aws:ebs:id":"vol-<hex17>"}}}"#, r#"{"grantId":"<hex32><hex32>","keyId":"arn:aws:kms:<region>:<account>:key/<kms>"}"#).on(KEY),
    reads(500, "sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<session>","durationSeconds":3600}"#).answers(CREDENTIALS).on(ROLE).by(By::Service("ec2")),
    reads(250, "sts", "AssumeRole", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<session>"}"#).answers(CREDENTIALS).on(ROLE),
    reads(50, "sts", "AssumeRoleWithWebIdentity", r#"{"roleArn":"arn:aws:iam::<account>:role/<role>","roleSessionName":"<session>","durationSeconds":3600}"#).answers(CREDENTIALS).on(ROLE).by(By::Web),
    reads(25, "sts", "AssumeRoleWithSAML", r#"{"sAMLAssertionID":"_<uuid>","roleSessionName":"<person>@example.com","roleArn":"arn:aws:iam::<account>:role/<role>","principalArn":"arn:aws:iam::<account>:saml-provider/idp","durationSeconds":3600}"#).answers(CREDENTIALS).on(ROLE).by(By::Saml),
    reads(180, "sts", "GetCallerIdentity", "null"),
    writes(12, "sts", "GetSessionToken", r#"{"durationSeconds":43200}"#, r#"{"credentials":{"accessKeyId":"ASIAXMPL<id12>","sessionToken":"<secret>","expiration":"Jan 2, 2026, 4:05:06 PM"}}"#),
    reads(420, "s3", "GetBucketAcl", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","acl":""}"#).on(BUCKET).with(S3).by(By::Service("cloudtrail")),
    writes(500, "s3", "PutObject", S3_OBJECT, r#"{"x-amz-server-side-encryption":"aws:kms","x-amz-server-side-encryption-aws-kms-key-id":"arn:aws:kms:<region>:<account>:key/<kms>"}"#).on(OBJECT).with(S3).data(),
    reads(450, "s3", "GetObject", S3_OBJECT).on(OBJECT).with(S3).data(),
    reads(90, "s3", "HeadObject", S3_OBJECT).on(OBJECT).with(S3).data(),
    reads(80, "s3", "ListObjects", r#"{"list-type":"2","bucketName":"<bucket>","encoding-type":"url","prefix":"<name>/","delimiter":"/","Host":"<bucket>.s3.<region>.amazonaws.com"}"#).on(r#"{"type":"AWS::S3::Object","ARNPrefix":"arn:aws:s3:::<bucket>/"},{"accountId":"<account>","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::<bucket>"}"#).with(S3).data(),
    writes(30, "s3", "DeleteObject", S3_OBJECT, "null").on(OBJECT).with(S3).data(),
    reads(70, "s3", "HeadBucket", r#"{"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com"}"#).on(BUCKET).with(S3),
    reads(60, "s3", "GetBucketLocation", S3_BUCKET).on(BUCKET).with(S3),
    reads(50, "s3", "GetBucketEncryption", S3_BUCKET).on(BUCKET).with(S3),
    reads(50, "s3", "GetBucketPolicy", S3_BUCKET).on(BUCKET).with(S3),
    reads(40, "s3", "GetBucketLifecycle", S3_BUCKET).on(BUCKET).with(S3),
    reads(40, "s3", "GetBucketTagging", S3_BUCKET).on(BUCKET).with(S3),
    writes(4, "s3", "PutBucketPolicy", r#"{"bucketPolicy":{"Version":"2012-10-17","Statement":[{"Sid":"AllowRead","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::<account>:role/<role>"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::<bucket>","arn:aws:s3:::<bucket>/*"]}]},"bucketName":"<bucket>","Host":"<bucket>.s3.<region>.amazonaws.com","policy":""}"#, "null").on(BUCKET).with(S3),
    reads(130, "ec2", "DescribeInstances", INSTANCES),
    reads(100, "ec2", "DescribeVolumes", r#"{"volumeSet":{"items":[{"volumeId":"vol-<hex17>"},{"volumeId":"vol-<hex17>"}]},"filterSet":{}}"#),
    reads(90, "ec2", "DescribeRouteTables", r#"{"routeTableIdSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-<hex17>"}]}}]}}"#),
    reads(80, "ec2", "DescribeSubnets", r#"{"subnetSet":{},"filterSet":{"items":[{"name":"vpc-id","valueSet":{"items":[{"value":"vpc-<hex17>"}]}}]}}"#),
    reads(80, "ec2", "DescribeNetworkInterfaces", r#"{"networkInterfaceIdSet":{},"filterSet":{"items":[{"name":"group-id","valueSet":{"items":[{"value":"sg-<hex17>"}]}}]}}"#),
    reads(60, "ec2", "DescribeAccountAttributes", r#"{"accountAttributeNameSet":{"items":[{"attributeName":"supported-platforms"}]},"filterSet":{}}"#),
    reads(60, "ec2", "DescribeSecurityGroups", r#"{"maxResults":1000,"securityGroupSet":{},"securityGroupIdSet":{},"filterSet":{}}"#),
    reads(50, "ec2", "DescribeInstanceStatus", r#"{"instancesSet":{},"filterSet":{},"includeAllInstances":true}"#),
    writes(12, "ec2", "RunInstances", RUN, RAN),
    writes(10, "ec2", "TerminateInstances", r#"{"instancesSet":{"items":[{"instanceId":"i-<hex17>"}]}}"#, r#"{"requestId":"<uuid>","instancesSet":{"items":[{"instanceId":"i-<hex17>","currentState":{"code":32,"name":"shutting-down"},"previousState":{"code":16,"name":"running"}}]}}"#),
    writes(12, "ec2", "CreateTags", r#"{"resourcesSet":{"items":[{"resourceId":"i-<hex17>"}]},"tagSet":{"items":[{"key":"Name","value":"<name>"},{"key":"team","value":"<person>"}]}}"#, r#"{"requestId":"<uuid>","_return":true}"#),
    writes(5, "ec2", "AuthorizeSecurityGroupIngress", r#"{"groupId":"sg-<hex17>","ipPermissions":{"items":[{"ipProtocol":"tcp","fromPort":443,"toPort":443,"groups":{},"ipRanges":{"items":[{"cidrIp":"<ip>/32","description":"<name>"}]},"ipv6Ranges":{},"prefixListIds":{}}]}}"#, r#"{"requestId":"<uuid>","_return":true,"securityGroupRuleSet":{"items":[{"groupOwnerId":"<account>","groupId":"sg-<hex17>","securityGroupRuleId":"sgr-<hex17>","isEgress":false,"ipProtocol":"tcp","fromPort":443,"toPort":443,"cidrIpv4":"<ip>/32"}]}}"#),
    writes(8, "ec2", "CreateNetworkInterface", r#"{"subnetId":"subnet-<hex17>","description":"AWS Lambda VPC ENI-<name>-<uuid>","groupSet":{"items":[{"groupId":"sg-<hex17>"}]},"privateIpAddressesSet":{},"ipv6AddressCount":0,"clientToken":"<uuid>"}"#, r#"{"requestId":"<uuid>","networkInterface":{"networkInterfaceId":"eni-<hex17>","subnetId":"subnet-<hex17>","vpcId":"vpc-<hex17>","availabilityZone":"<region>a","description":"AWS Lambda VPC ENI-<name>","ownerId":"<account>","requesterManaged":false,"status":"pending","macAddress":"02:00:00:00:00:01","privateIpAddress":"10.0.3.17","sourceDestCheck":true}}"#),
    writes(8, "ec2", "CreateSnapshot", r#"{"volumeId":"vol-<hex17>","description":"<name>"}"#, r#"{"requestId":"<uuid>","snapshotId":"snap-<hex17>","volumeId":"vol-<hex17>","status":"pending","startTime":<ms>,"progress":"","ownerId":"<account>","volumeSize":"100","encrypted":true}"#),
    writes(30, "ec2", "SharedSnapshotVolumeCreated", "null", "null").by(By::Event),
    reads(120, "ssm", "DescribeParameters", r#"{"maxResults":50,"parameterFilters":[{"key":"Name","option":"BeginsWith","values":["/<name>/"]}]}"#),
    reads(110, "ssm", "GetParameter", r#"{"name":"/<name>/<table>","withDecryption":true}"#),
    writes(180, "ssm", "UpdateInstanceInformation", r#"{"instanceId":"i-<hex17>","agentVersion":"3.3.1345.0","agentStatus":"Active","platformType":"Linux","platformName":"Amazon Linux","platformVersion":"2023","iPAddress":"10.0.4.9","computerName":"ip-10-0-4-9.<region>.compute.internal"}"#, "null"),
    reads(120, "secretsmanager", "GetSecretValue", r#"{"secretId":"arn:aws:secretsmanager:<region>:<account>:secret:<name>-<id6>"}"#),
    reads(30, "secretsmanager", "DescribeSecret", r#"{"secretId":"<name>"}"#),
    reads(90, "iam", "GetUser", r#"{"userName":"<person>"}"#),
    reads(50, "iam", "GetRole", r#"{"roleName":"<role>"}"#),
    reads(40, "iam", "ListAttachedRolePolicies", r#"{"roleName":"<role>"}"#),
    reads(30, "iam", "ListRoles", "null"),
    writes(5, "iam", "CreateUser", r#"{"userName":"<person>","tags":[{"key":"team","value":"<name>"}]}"#, r#"{"user":{"path":"/","arn":"arn:aws:iam::<account>:user/<person>","userId":"AIDAXMPL<id12>","createDate":"<time>","userName":"<person>"}}"#),
    writes(3, "iam", "DeleteUser", r#"{"userName":"<person>"}"#, "null"),
    writes(5, "iam", "CreateAccessKey", r#"{"userName":"<person>"}"#, r#"{"accessKey":{"accessKeyId":"AKIAXMPL<id12>","status":"Active","userName":"<person>","createDate":"<time>"}}"#),
    writes(6, "iam", "CreateRole", r#"{"roleName":"<role>","assumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}"#, ROLE_CREATED),
    writes(8, "iam", "AttachRolePolicy", r#"{"roleName":"<role>","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}"#, "null"),
    writes(5, "iam", "PutRolePolicy", r#"{"roleName":"<role>","policyName":"inline","policyDocument":"<policy>"}"#, "null"),
    writes(2, "iam", "AttachUserPolicy", r#"{"userName":"<person>","policyArn":"arn:aws:iam::aws:policy/AdministratorAccess"}"#, "null"),
    writes(2, "iam", "UpdateLoginProfile", r#"{"userName":"<person>"}"#, "null"),
    writes(2, "iam", "DeactivateMFADevice", r#"{"userName":"<person>","serialNumber":"arn:aws:iam::<account>:mfa/<person>"}"#, "null"),
    writes(60, "signin", "ConsoleLogin", "null", r#"{"ConsoleLogin":"Success"}"#).by(By::Login).with(LOGIN),
    writes(15, "signin", "CheckMfa", "null", r#"{"CheckMfa":"Success"}"#).by(By::Login).with(r#"{"MfaType":"Virtual MFA"}"#),
    writes(25, "signin", "SwitchRole", "null", r#"{"SwitchRole":"Success"}"#).with(r#"{"SwitchFrom":"arn:aws:iam::<account>:user/<person>","RedirectTo":"https://console.aws.amazon.com/"}"#),
    writes(60, "logs", "CreateLogStream", r#"{"logGroupName":"/aws/lambda/<function>","logStreamName":"2026/01/01/[$LATEST]<hex32>"}"#, "null"),
    reads(60, "logs", "DescribeLogGroups", r#"{"logGroupNamePrefix":"/aws/lambda/<function>"}"#),
    reads(60, "monitoring", "DescribeAlarms", r#"{"maxRecords":100,"alarmNamePrefix":"TargetTracking-table/<table>"}"#),
    reads(60, "monitoring", "GetMetricData", r#"{"metricDataQueries":[{"id":"m1","metricStat":{"metric":{"namespace":"AWS/EC2","metricName":"CPUUtilization","dimensions":[{"name":"InstanceId","value":"i-<hex17>"}]},"period":300,"stat":"Average"},"returnData":true}],"startTime":"<time>","endTime":"<time>"}"#),
    reads(80, "rds", "DescribeDBInstances", r#"{"dBInstanceIdentifier":"<name>","maxRecords":100}"#),
    writes(3, "rds", "CreateDBSnapshot", r#"{"dBSnapshotIdentifier":"<name>-<id6>","dBInstanceIdentifier":"<name>"}"#, r#"{"dBSnapshotIdentifier":"<name>-<id6>","dBInstanceIdentifier":"<name>","engine":"postgres","allocatedStorage":200,"status":"creating","port":5432,"availabilityZone":"<region>a","vpcId":"vpc-<hex17>","masterUsername":"app","engineVersion":"16.4","snapshotType":"manual","storageType":"gp3","encrypted":true,"kmsKeyId":"arn:aws:kms:<region>:<account>:key/<kms>"}"#),
    reads(90, "elasticloadbalancing", "DescribeTargetHealth", r#"{"targetGroupArn":"arn:aws:elasticloadbalancing:<region>:<account>:targetgroup/<name>/<hex16>"}"#),
    reads(70, "elasticloadbalancing", "DescribeLoadBalancers", r#"{"pageSize":400}"#),
    reads(70, "autoscaling", "DescribeAutoScalingGroups", r#"{"maxRecords":100}"#),
    writes(6, "autoscaling", "SetDesiredCapacity", r#"{"autoScalingGroupName":"<name>-asg","desiredCapacity":<small>,"honorCooldown":false}"#, "null"),
    reads(120, "lambda", "GetFunction20150331v2", r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>"}"#),
    writes(120, "lambda", "Invoke", r#"{"functionName":"arn:aws:lambda:<region>:<account>:function:<function>","sourceArn":"arn:aws:events:<region>:<account>:rule/<name>"}"#, "null").data().on(r#"{"accountId":"<account>","type":"AWS::Lambda::Function","ARN":"arn:aws:lambda:<region>:<account>:function:<function>"}"#).with(r#"{"functionVersion":"arn:aws:lambda:<region>:<account>:function:<function>:$LATEST"}"#),
    writes(4, "lambda", "UpdateFunctionCode20150331v2", r#"{"functionName":"<function>","s3Bucket":"<bucket>","s3Key":"<key>","publish":true,"dryRun":false}"#, r#"{"functionName":"<function>","functionArn":"arn:aws:lambda:<region>:<account>:function:<function>:7","runtime":"provided.al2023","role":"arn:aws:iam::<account>:role/<role>","handler":"bootstrap","codeSize":<size>,"timeout":30,"memorySize":512,"lastModified":"<time>","codeSha256":"<hex32>","version":"7","environment":{},"tracingConfig":{"mode":"PassThrough"},"revisionId":"<uuid>","state":"Active","lastUpdateStatus":"InProgress","packageType":"Zip","architectures":["arm64"]}"#),
    reads(120, "dynamodb", "DescribeTable", r#"{"tableName":"<table>"}"#).on(TABLE),
    reads(150, "dynamodb", "GetItem", r#"{"tableName":"<table>","key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"},"consistentRead":false}"#).on(TABLE).data(),
    writes(90, "dynamodb", "PutItem", r#"{"tableName":"<table>","key":{"pk":"HIDDEN_DUE_TO_SECURITY_REASONS"},"items":["pk","sk","payload"]}"#, "null").on(TABLE).data(),
    writes(25, "sqs", "CreateQueue", r#"{"queueName":"<name>","attributes":{"VisibilityTimeout":"30","MessageRetentionPeriod":"345600"}}"#, r#"{"queueUrl":"https://sqs.<region>.amazonaws.com/<account>/<name>"}"#),
    reads(40, "sns", "GetTopicAttributes", r#"{"topicArn":"arn:aws:sns:<region>:<account>:<name>"}"#),
    reads(60, "cloudformation", "DescribeStacks", r#"{"stackName":"<name>-stack"}"#),
    writes(6, "cloudformation", "CreateChangeSet", r#"{"stackName":"<name>-stack","changeSetName":"<name>-<id6>","capabilities":["CAPABILITY_NAMED_IAM"],"parameters":[{"parameterKey":"Environment","parameterValue":"prod"},{"parameterKey":"Version","parameterValue":"<small>"}],"templateURL":"https://<bucket>.s3.<region>.amazonaws.com/<key>"}"#, r#"{"id":"arn:aws:cloudformation:<region>:<account>:changeSet/<name>/<uuid>","stackId":"arn:aws:cloudformation:<region>:<account>:stack/<name>-stack/<uuid>"}"#),
    writes(60, "config", "PutEvaluations", r#"{"evaluations":[{"complianceResourceType":"AWS::S3::Bucket","complianceResourceId":"<bucket>","complianceType":"COMPLIANT","orderingTimestamp":"<time>"}],"testMode":false,"resultToken":"HIDDEN_DUE_TO_SECURITY_REASONS"}"#, r#"{"failedEvaluations":[]}"#),
    reads(40, "config", "DescribeConfigurationRecorders", "null").by(By::Service("securityhub")),
    reads(80, "ecr", "BatchGetImage", r#"{"repositoryName":"<name>","imageIds":[{"imageDigest":"sha256:<hex32><hex32>"}],"acceptedMediaTypes":["application/vnd.oci.image.manifest.v1+json"],"registryId":"<account>"}"#),
    reads(60, "ecr", "GetAuthorizationToken", "null"),
    reads(60, "ecs", "DescribeServices", r#"{"cluster":"<name>","services":["<function>"]}"#),
    writes(30, "ecs", "RegisterContainerInstance", "null", "null").by(By::Event),
    reads(70, "eks", "DescribeCluster", r#"{"name":"<name>"}"#),
    reads(30, "organizations", "ListAccounts", r#"{"maxResults":20}"#),
    reads(20, "health", "DescribeEventAggregates", r#"{"aggregateField":"eventTypeCategory","filter":{"eventStatusCodes":["open","upcoming"]}}"#),
    writes(3, "cloudtrail", "StopLogging", r#"{"name":"arn:aws:cloudtrail:<region>:<account>:trail/org"}"#, "null"),
    writes(25, "kms", "RotateKey", "null", "null").by(By::Event).on(KEY),
];

/// Calls that read without parameters: each is rare, together they are many names.
pub(crate) const READS: &[(&str, &[&str])] = &[
    ("acm", &["ListCertificates", "DescribeCertificate"]),
    ("apigateway", &["GetRestApis", "GetStages", "GetDeployments"]),
    ("athena", &["ListWorkGroups", "GetQueryExecution", "ListDataCatalogs", "GetQueryResults"]),
    ("backup", &["ListBackupPlans", "ListBackupVaults", "DescribeBackupVault"]),
    ("cloudfront", &["ListDistributions2020_05_31", "GetDistribution2020_05_31"]),
    ("cloudtrail", &["DescribeTrails", "GetTrailStatus", "LookupEvents", "GetEventSelectors"]),
    ("codebuild", &["BatchGetBuilds", "ListProjects"]),
    ("dynamodb", &["ListTables", "DescribeContinuousBackups", "DescribeTimeToLive", "ListTagsOfResource"]),
    (
        "ec2",
        &[
            "DescribeAddresses",
            "DescribeAvailabilityZones",
            "DescribeDhcpOptions",
            "DescribeFlowLogs",
            "DescribeImages",
            "DescribeInternetGateways",
            "DescribeKeyPairs",
            "DescribeLaunchTemplates",
            "DescribeNatGateways",
            "DescribeNetworkAcls",
            "DescribeRegions",
            "DescribeSnapshots",
            "DescribeSpotInstanceRequests",
            "DescribeTags",
            "DescribeTransitGateways",
            "DescribeVpcEndpoints",
            "DescribeVpcPeeringConnections",
            "DescribeVpcs",
            "DescribeVpnConnections",
            "GetEbsEncryptionByDefault",
        ],
    ),
    ("ecr", &["DescribeRepositories", "DescribeImages", "GetLifecyclePolicy"]),
    ("ecs", &["ListClusters", "DescribeTasks", "ListServices", "DescribeTaskDefinition"]),
    ("elasticfilesystem", &["DescribeFileSystems", "DescribeMountTargets"]),
    ("elasticache", &["DescribeCacheClusters", "DescribeReplicationGroups"]),
    ("es", &["ListDomainNames", "DescribeElasticsearchDomains"]),
    ("events", &["ListRules", "ListTargetsByRule", "DescribeEventBus"]),
    ("firehose", &["ListDeliveryStreams", "DescribeDeliveryStream"]),
    ("glue", &["GetDatabases", "GetTables", "GetCrawlers", "GetJobs"]),
    ("guardduty", &["ListDetectors", "GetDetector", "ListFindings"]),
    (
        "iam",
        &[
            "GetAccountPasswordPolicy",
            "GetAccountSummary",
            "GetPolicy",
            "GetPolicyVersion",
            "ListAccessKeys",
            "ListGroups",
            "ListMFADevices",
            "ListPolicies",
            "ListSAMLProviders",
            "ListUsers",
            "GenerateCredentialReport",
        ],
    ),
    ("inspector2", &["ListCoverage", "ListFindings"]),
    ("kinesis", &["ListStreams", "DescribeStreamSummary"]),
    ("kms", &["ListAliases", "ListKeys", "GetKeyRotationStatus", "GetKeyPolicy", "ListResourceTags"]),
    (
        "lambda",
        &[
            "ListFunctions20150331",
            "GetPolicy20150331v2",
            "ListTags20170331",
            "ListEventSourceMappings20150331",
        ],
    ),
    ("logs", &["DescribeMetricFilters", "DescribeSubscriptionFilters", "DescribeLogStreams"]),
    ("monitoring", &["ListMetrics", "DescribeAnomalyDetectors", "GetDashboard"]),
    ("organizations", &["DescribeOrganization", "ListRoots", "ListPolicies"]),
    ("rds", &["DescribeDBClusters", "DescribeDBSnapshots", "DescribeEvents", "ListTagsForResource"]),
    ("redshift", &["DescribeClusters", "DescribeClusterSnapshots"]),
    ("resource-groups", &["ListGroups", "GetGroup"]),
    ("route53", &["ListHostedZones", "ListResourceRecordSets", "GetHostedZone"]),
    ("route53resolver", &["ListResolverRules", "ListResolverEndpoints"]),
    ("s3", &["ListBuckets", "GetAccountPublicAccessBlock", "GetBucketVersioning", "GetBucketLogging"]),
    ("sagemaker", &["ListEndpoints", "ListNotebookInstances", "ListTrainingJobs"]),
    ("securityhub", &["DescribeHub", "GetFindings", "BatchImportFindings"]),
    ("servicequotas", &["ListServiceQuotas", "GetServiceQuota"]),
    ("sns", &["ListTopics", "ListSubscriptions"]),
    ("sqs", &["ListQueues", "GetQueueAttributes"]),
    ("ssm", &["DescribeInstanceInformation", "ListAssociations", "GetParametersByPath", "ListDocuments"]),
    ("states", &["ListStateMachines", "DescribeExecution"]),
    ("tagging", &["GetResources", "GetTagKeys"]),
    ("wafv2", &["ListWebACLs", "GetWebACL"]),
    ("xray", &["GetSamplingRules", "GetSamplingTargets"]),
];

/// Weight of each of [`READS`].
pub(crate) const READ_WEIGHT: u64 = 12;

/// A call of [`READS`].
pub(crate) fn plain(service: &'static str, name: &'static str) -> Call {
    reads(READ_WEIGHT, service, name, "null")
}

/// A policy as text inside JSON text.
pub(crate) const POLICY_TEXT: &str = POLICY;
