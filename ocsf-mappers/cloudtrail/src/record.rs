//! The fields of a CloudTrail record, and what is decided once for each.

use ocsf_aws_common::Client;
use ocsf_core::{
    Enumerated, Envelope, Fields, Format, MapperInfo, Place, Route, Row, Secrets, Shape, Source, Tables,
    fields, is_account_id,
};

use crate::route::{self, Class};
use crate::secrets::SECRETS;
use crate::{account_change, api_activity, authentication, values};

fields! { pub(crate) FIELDS:
    EVENT_TIME = "eventTime",
    EVENT_VERSION = "eventVersion",
    EVENT_ID = "eventID",
    EVENT_TYPE = "eventType",
    EVENT_CATEGORY = "eventCategory",
    EVENT_NAME = "eventName",
    EVENT_SOURCE = "eventSource",
    AWS_REGION = "awsRegion",
    RECIPIENT_ACCOUNT = "recipientAccountId",
    SHARED_EVENT_ID = "sharedEventID",
    SOURCE_IP = "sourceIPAddress",
    USER_AGENT = "userAgent",
    VPC_ENDPOINT = "vpcEndpointId",
    API_VERSION = "apiVersion",
    REQUEST_ID = "requestID",
    READ_ONLY = "readOnly",
    ERROR_CODE = "errorCode",
    ERROR_MESSAGE = "errorMessage",
    REQUEST = "requestParameters",
    RESPONSE = "responseElements",
    RESOURCES = "resources",
    SERVICE_DETAILS = "serviceEventDetails",
    USER_TYPE = "userIdentity.type",
    USER_NAME = "userIdentity.userName",
    USER_ARN = "userIdentity.arn",
    USER_PRINCIPAL = "userIdentity.principalId",
    USER_ACCOUNT = "userIdentity.accountId",
    USER_KEY = "userIdentity.accessKeyId",
    USER_CREDENTIAL = "userIdentity.credentialId",
    USER_INVOKED_BY = "userIdentity.invokedBy",
    USER_PROVIDER = "userIdentity.identityProvider",
    USER_BEHALF = "userIdentity.onBehalfOf.userId",
    USER_STORE = "userIdentity.onBehalfOf.identityStoreArn",
    SESSION_CREATED = "userIdentity.sessionContext.attributes.creationDate",
    SESSION_MFA = "userIdentity.sessionContext.attributes.mfaAuthenticated",
    ISSUER_ARN = "userIdentity.sessionContext.sessionIssuer.arn",
    ISSUER_ACCOUNT = "userIdentity.sessionContext.sessionIssuer.accountId",
    FEDERATED_PROVIDER = "userIdentity.sessionContext.webIdFederationData.federatedProvider",
    LOGIN_USER = "additionalEventData.UserName",
    LOGIN_TO = "additionalEventData.LoginTo",
    MFA_USED = "additionalEventData.MFAUsed",
    INSIGHT_SOURCE = "insightDetails.eventSource",
    INSIGHT_NAME = "insightDetails.eventName",
    INSIGHT_ERROR = "insightDetails.errorCode",
}

/// AWS CloudTrail as a [`Source`].
#[derive(Debug)]
pub struct CloudTrail;

/// What is decided once a record.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'b> {
    pub(crate) class: Class,
    pub(crate) activity: Enumerated<'b>,
    pub(crate) client: Option<Client<'b>>,
    pub(crate) status: i32,
}

impl Shape for CloudTrail {
    const FIELDS: &'static [ocsf_core::Field] = FIELDS;
    type Facts<'b> = Facts<'b>;

    fn facts<'b>(fields: Fields<'_, 'b>) -> Facts<'b> {
        let name = fields.first([EVENT_NAME, INSIGHT_NAME]);
        let class = route::class(name.unwrap_or_default(), fields.text(EVENT_SOURCE).unwrap_or_default());
        Facts {
            class,
            activity: name.map_or(Enumerated::Id(0), |name| values::activity(class, name, &fields)),
            client: fields.text(SOURCE_IP).map(Client::of),
            status: values::status(class, &fields),
        }
    }
}

/// What CloudTrail calls itself in keys, by the kind of events.
const DELIVERED_AS: &[&str] =
    &["CloudTrail", "CloudTrail-Insight", "CloudTrail-NetworkActivity", "CloudTrail-Aggregated"];

impl Source for CloudTrail {
    const INFO: MapperInfo = MapperInfo::new("cloudtrail", "AWS CloudTrail", 1).delivered_as(DELIVERED_AS);

    const FORMAT: Format =
        Format::Json(Envelope { arrays: &["Records", "Events"], beside: &["NextToken", "ResponseMetadata"] });

    const SECRETS: Secrets = Secrets::new(SECRETS);

    fn route(row: Row<'_, '_, Self>) -> Route {
        route::route(row)
    }

    /// The account that received the event, else the caller's; the Region of the call.
    fn place<'b>(row: Row<'_, 'b, Self>) -> Place<'b> {
        let accounts = [RECIPIENT_ACCOUNT, USER_ACCOUNT].into_iter().filter_map(|field| row.text(field));
        Place { account: accounts.into_iter().find(|id| is_account_id(id)), region: row.text(AWS_REGION) }
    }

    fn tables(tables: &mut Tables<Self>) {
        const PROFILES: &[&str] = &["cloud", "datetime"];
        tables
            .class("ct-api-activity", 6003, PROFILES, api_activity::table)
            .gets("every other event", &[EVENT_NAME, INSIGHT_NAME, EVENT_SOURCE])
            .class("ct-authentication", 3002, PROFILES, authentication::table)
            .gets(
                "sign-ins, checks of factors and assumed roles, by name, of sign-in, IAM Identity Center or STS",
                &[EVENT_NAME, INSIGHT_NAME, EVENT_SOURCE],
            )
            .class("ct-account-change", 3001, PROFILES, account_change::table)
            .gets(
                "changes to users, roles, groups, keys, policies and accounts, by name, of IAM, sign-in, IAM Identity Center or Account Management",
                &[EVENT_NAME, INSIGHT_NAME, EVENT_SOURCE],
            );
    }
}
