//! Who calls: identities, addresses, agents.

use super::calls::By;
use super::fill::{PEOPLE, ROLES};
use crate::clock::{Iso, SECOND};
use crate::dice::Dice;
use crate::world::{Site, client};

const AGENTS: [&str; 16] = [
    "Boto3/1.35.36 md/Botocore#1.35.36 ua/2.0 os/linux#6.1.112-122.189.amzn2023.x86_64 md/arch#x86_64 lang/python#3.12.7 md/pyimpl#CPython cfg/retry-mode#standard Botocore/1.35.36",
    "aws-sdk-go-v2/1.32.2 ua/2.1 os/linux lang/go#1.23.2 md/GOOS#linux md/GOARCH#amd64 api/sts#1.32.2",
    "APN/1.0 HashiCorp/1.0 Terraform/1.9.8 (+https://www.terraform.io) terraform-provider-aws/5.72.1 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.32.2 ua/2.1 os/linux lang/go#1.23.1 md/GOOS#linux md/GOARCH#amd64 api/iam#1.37.2",
    "aws-cli/2.18.5 md/awscrt#0.22.0 ua/2.0 os/macos#24.0.0 md/arch#arm64 lang/python#3.12.6 md/pyimpl#CPython cfg/retry-mode#standard md/installer#source md/prompt#off md/command#sts.get-caller-identity",
    "[S3Console/0.4, aws-internal/3 aws-sdk-java/1.12.777 Linux/5.10.226 OpenJDK_64-Bit_Server_VM/25.432-b06 java/1.8.0_432 vendor/Oracle_Corporation cfg/retry-mode/standard]",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
    "aws-sdk-java/2.28.21 md/io#sync md/http#Apache ua/2.1 os/Linux#5.10.226-214.880.amzn2.x86_64 lang/java#17.0.13 md/OpenJDK_64-Bit_Server_VM#17.0.13+11-LTS md/vendor#Amazon.com_Inc. exec-env/AWS_ECS_FARGATE cfg/retry-mode#legacy",
    "aws-sdk-js/3.675.0 ua/2.1 os/linux#5.10.226-235.879.amzn2.x86_64 lang/js md/nodejs#20.18.0 api/dynamodb#3.675.0 exec-env/AWS_Lambda_nodejs20.x",
    "amazon-ssm-agent/3.3.1345.0 aws-sdk-go/1.55.5 (go1.22.8; linux; amd64)",
    "kubernetes/cluster-autoscaler aws-sdk-go/1.44.241 (go1.22.7; linux; amd64)",
    "aws-cli/1.22.34 Python/3.10.12 Linux/6.8.0-1017-aws botocore/1.23.34",
    "Terraform/1.5.7 aws-sdk-go/1.55.5 (go1.21.13; linux; amd64)",
    "aws-sdk-rust/1.3.3 ua/2.1 api/s3/1.56.0 os/linux lang/rust/1.82.0",
    "aws-sdk-php/3.324.6 OS/Linux#5.15.0 lang/php#8.3.12 GuzzleHttp/7",
    "Boto3/1.26.90 Python/3.9.20 Linux/4.14.355-275.570.amzn2.x86_64 Botocore/1.29.90",
    "example-inventory/2.4 aws-sdk-ruby3/3.209.1 ua/2.1 api/ec2#1.483.0 os/linux md/x86_64 lang/ruby#3.3.5",
];

/// Who makes a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    Role { name: &'static str, session: u64 },
    Person(&'static str),
    Root,
    Service(&'static str),
    OtherAccount,
    IdentityCenter(u64),
    Federated(&'static str),
    Saml(&'static str),
    Web,
    Nobody,
}

impl Caller {
    pub(crate) fn draw(by: By, dice: &mut Dice) -> Self {
        let person = dice.favour(&PEOPLE);
        let role = Self::Role { name: dice.favour(&ROLES), session: dice.rank(500) };
        match by {
            By::Service(name) => Self::Service(name),
            By::Saml => Self::Saml(person),
            By::Web => Self::Web,
            By::Event => Self::Nobody,
            By::Login => match dice.below(20) {
                0 => Self::Root,
                1..=12 => Self::Person(person),
                _ => role,
            },
            By::Anyone => match dice.below(1_000) {
                0..=9 => Self::Root,
                10..=219 => Self::Person(person),
                220..=269 => Self::OtherAccount,
                270..=279 => Self::IdentityCenter(dice.rank(60)),
                280..=284 => Self::Federated(person),
                _ => role,
            },
        }
    }

    /// The name by which a message about a denied call has it.
    pub(crate) fn arn(self, account: &str) -> String {
        match self {
            Self::Role { name, session } => {
                format!("arn:aws:sts::{account}:assumed-role/{name}/{name}-{session}")
            }
            Self::Person(name) => format!("arn:aws:iam::{account}:user/{name}"),
            Self::Federated(name) => format!("arn:aws:sts::{account}:federated-user/{name}"),
            _ => format!("arn:aws:iam::{account}:root"),
        }
    }

    pub(crate) fn is_service(self) -> bool {
        matches!(self, Self::Service(_) | Self::Nobody)
    }

    /// Appends `userIdentity`.
    pub(crate) fn identity(self, site: &Site, at: i64, dice: &mut Dice, out: &mut String) {
        let account = &site.account;
        let arn = self.arn(account);
        match self {
            Self::Role { name, session } => role(name, session, site, at, dice, out),
            Self::Person(name) => {
                let id = site.account_things(name).capitals(12);
                put!(out, r#"{{"type":"IAMUser","principalId":"AIDAXMPL{id}","arn":"{arn}""#);
                put!(out, r#","accountId":"{account}","accessKeyId":"AKIAXMPL{id}","userName":"{name}""#);
                if dice.in_thousand(400) {
                    let begin = Iso::seconds(at - dice.below(36_000) as i64 * SECOND);
                    put!(
                        out,
                        r#","sessionContext":{{"attributes":{{"creationDate":"{begin}","mfaAuthenticated":"true"}}}}"#
                    );
                }
                out.push('}');
            }
            Self::Root => {
                put!(out, r#"{{"type":"Root","principalId":"{account}","arn":"{arn}""#);
                put!(
                    out,
                    r#","accountId":"{account}","accessKeyId":"ASIAXMPL{}"}}"#,
                    site.account_things("root").capitals(12)
                );
            }
            Self::Service(name) => {
                put!(out, r#"{{"type":"AWSService","invokedBy":"{name}.amazonaws.com"}}"#);
            }
            Self::OtherAccount => {
                put!(out, r#"{{"type":"AWSAccount","principalId":"AROAXMPL{}:partner""#, dice.capitals(12));
                out.push_str(r#","accountId":"999988887777"}"#);
            }
            Self::IdentityCenter(user) => {
                let id = site.account_things(&format!("identity {user}")).uuid();
                put!(
                    out,
                    r#"{{"type":"IdentityCenterUser","accountId":"{account}","onBehalfOf":{{"userId":"{id}""#
                );
                put!(
                    out,
                    r#","identityStoreArn":"arn:aws:identitystore::{account}:identitystore/d-0123456789"}}"#
                );
                put!(out, r#","credentialId":"{}"}}"#, dice.uuid());
            }
            Self::Federated(name) => {
                let id = site.account_things(name).capitals(12);
                put!(out, r#"{{"type":"FederatedUser","principalId":"{account}:{name}","arn":"{arn}""#);
                put!(
                    out,
                    r#","accountId":"{account}","accessKeyId":"ASIAXMPL{id}","sessionContext":{{"sessionIssuer":"#
                );
                put!(
                    out,
                    r#"{{"type":"IAMUser","principalId":"AIDAXMPL{id}","arn":"arn:aws:iam::{account}:user/broker""#
                );
                put!(out, r#","accountId":"{account}","userName":"broker"}}}}}}"#);
            }
            Self::Saml(name) => {
                put!(out, r#"{{"type":"SAMLUser","principalId":"ExampleQualifier=:{name}@example.com""#);
                put!(out, r#","userName":"{name}@example.com","identityProvider":"ExampleQualifier="}}"#);
            }
            Self::Web => {
                let user = "system:serviceaccount:apps:worker";
                let provider = "arn:aws:iam::111122223333:oidc-provider/oidc.example.com/id/0A1B2C";
                put!(
                    out,
                    r#"{{"type":"WebIdentityUser","principalId":"{provider}:sts.amazonaws.com:{user}""#
                );
                put!(out, r#","userName":"{user}","identityProvider":"{provider}"}}"#);
            }
            Self::Nobody => {
                put!(out, r#"{{"accountId":"{account}","invokedBy":"AWS Internal"}}"#);
            }
        }
    }

    /// Appends address and agent.
    pub(crate) fn origin(self, dice: &mut Dice, out: &mut String) {
        let internal = |out: &mut String, name: &str| {
            put!(out, r#""sourceIPAddress":"{name}","userAgent":"{name}""#);
        };
        match self {
            Self::Service(name) => internal(out, &format!("{name}.amazonaws.com")),
            Self::Nobody => internal(out, "AWS Internal"),
            _ if dice.in_thousand(40) => internal(out, "AWS Internal"),
            _ => {
                put!(
                    out,
                    r#""sourceIPAddress":"{}","userAgent":"{}""#,
                    client(dice, 30),
                    dice.favour(&AGENTS)
                );
            }
        }
    }
}

/// Appends the identity of a session of a role.
fn role(name: &str, session: u64, site: &Site, at: i64, dice: &mut Dice, out: &mut String) {
    let account = &site.account;
    let arn = role_arn(account, name, session);
    let id = site.account_things(name).capitals(12);
    let key = site.account_things(&arn).capitals(12);
    let begin = Iso::seconds(at - dice.below(3_600) as i64 * SECOND);
    put!(out, r#"{{"type":"AssumedRole","principalId":"AROAXMPL{id}:{name}-{session}","arn":"{arn}""#);
    put!(out, r#","accountId":"{account}","accessKeyId":"ASIAXMPL{key}","sessionContext":{{"#);
    put!(out, r#""sessionIssuer":{{"type":"Role","principalId":"AROAXMPL{id}""#);
    put!(out, r#","arn":"arn:aws:iam::{account}:role/{name}","accountId":"{account}","userName":"{name}"}}"#);
    put!(
        out,
        r#","webIdFederationData":{{}},"attributes":{{"creationDate":"{begin}","mfaAuthenticated":"false"}}"#
    );
    out.push_str(if session.is_multiple_of(3) { r#","ec2RoleDelivery":"2.0"}"# } else { "}" });
    if dice.in_thousand(120) {
        put!(out, r#","invokedBy":"{}.amazonaws.com""#, dice.favour(&["cloudformation", "config", "lambda"]));
    }
    out.push('}');
}

fn role_arn(account: &str, name: &str, session: u64) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{name}/{name}-{session}")
}
