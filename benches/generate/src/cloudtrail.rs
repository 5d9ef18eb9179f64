//! CloudTrail: what a trail delivers.

mod caller;
mod calls;
mod fill;

use std::sync::Arc;

use crate::clock::{Date, Iso, stamp};
use crate::dice::Dice;
use crate::objects::{Delivery, Log, Moment, Records, Slot};
use crate::pack::Packing;
use crate::world::Site;

use caller::Caller;
use calls::{CALLS, Call, READS};
use fill::Things;

/// A trail of management and data events.
#[derive(Debug)]
pub(crate) struct Trail {
    /// Calls, each with the weights of all up to it.
    calls: Arc<[(u64, Call)]>,
}

impl Default for Trail {
    fn default() -> Self {
        let plain =
            READS.iter().flat_map(|(service, names)| names.iter().map(|name| calls::plain(service, name)));
        let sum = |total: &mut u64, call: Call| {
            *total += call.weight;
            Some((*total, call))
        };
        Self { calls: CALLS.iter().copied().chain(plain).scan(0, sum).collect() }
    }
}

impl Log for Trail {
    fn name(&self) -> &'static str {
        "cloudtrail"
    }

    fn usual_records(&self) -> u64 {
        5_000
    }

    fn deliver(&self, slot: &Slot, dice: &mut Dice) -> Delivery {
        let Site { account, region, .. } = &slot.site;
        // Objects lie under the day of their delivery.
        let (folders, stamp) = (Date::of(slot.end()).folders(), stamp(slot.end()));
        Delivery {
            key: format!(
                "AWSLogs/{account}/CloudTrail/{region}/{folders}/{account}_CloudTrail_{region}_{stamp}_{}.json.gz",
                dice.letters(16)
            ),
            packing: Packing::Gzip,
            head: "{\"Records\":[",
            between: ",",
            tail: "]}\n",
            records: Box::new(Events { calls: Arc::clone(&self.calls), site: slot.site.clone() }),
        }
    }
}

struct Events {
    calls: Arc<[(u64, Call)]>,
    site: Site,
}

impl Events {
    fn call(&self, dice: &mut Dice) -> Call {
        let total = self.calls.last().map_or(0, |(total, _)| *total);
        let at = dice.below(total);
        self.calls[self.calls.partition_point(|(total, _)| *total <= at)].1
    }
}

/// Why a call failed: code, and whether the message is that of a denied call.
const ERRORS: [(u64, (&str, bool)); 6] = [
    (600, ("AccessDenied", true)),
    (120, ("ThrottlingException", false)),
    (100, ("ResourceNotFoundException", false)),
    (80, ("ValidationException", false)),
    (60, ("NoSuchEntityException", false)),
    (40, ("InvalidParameterValueException", false)),
];

impl Records for Events {
    fn write(&self, moment: Moment, dice: &mut Dice, out: &mut String) {
        let (site, at) = (&self.site, moment.at);
        let call = self.call(dice);
        let caller = Caller::draw(call.by, dice);
        let things = Things::draw(site, at, dice);
        let Call { service, name, .. } = call;
        let is_login = service == "signin";
        let version = dice.weighted(&[(50, "1.08"), (30, "1.11"), (12, "1.09"), (8, "1.10")]);

        put!(out, r#"{{"eventVersion":"{version}","userIdentity":"#);
        caller.identity(site, at, dice, out);
        put!(out, r#","eventTime":"{}","eventSource":"{service}.amazonaws.com""#, Iso::seconds(at));
        put!(out, r#","eventName":"{name}","awsRegion":"{}","#, site.region);
        caller.origin(dice, out);

        let failed = !caller.is_service() && dice.in_thousand(120);
        if failed && is_login {
            out.push_str(r#","errorMessage":"Failed authentication""#);
        } else if failed {
            error(call, &caller.arn(&site.account), dice, out);
        }
        out.push_str(r#","requestParameters":"#);
        things.fill(call.request, dice, out);
        out.push_str(r#","responseElements":"#);
        match failed {
            true if is_login => put!(out, r#"{{"{name}":"Failure"}}"#),
            true => out.push_str("null"),
            false => things.fill(call.response, dice, out),
        }
        if !call.more.is_empty() {
            out.push_str(r#","additionalEventData":"#);
            things.fill(call.more, dice, out);
        }
        if !is_login && call.by != calls::By::Event {
            put!(out, r#","requestID":"{}""#, dice.uuid());
        }
        put!(out, r#","eventID":"{}","readOnly":{}"#, dice.uuid(), call.reads);
        if !call.resources.is_empty() {
            out.push_str(r#","resources":["#);
            things.fill(call.resources, dice, out);
            out.push(']');
        }
        let kind = match () {
            () if call.by == calls::By::Event => "AwsServiceEvent",
            () if is_login => "AwsConsoleSignIn",
            () => "AwsApiCall",
        };
        put!(out, r#","eventType":"{kind}""#);
        if call.by == calls::By::Event {
            put!(out, r#","serviceEventDetails":{{"detailId":"{}"}}"#, dice.uuid());
        }
        put!(out, r#","managementEvent":{},"recipientAccountId":"{}""#, !call.data, site.account);
        if matches!(caller, Caller::Service(_) | Caller::OtherAccount) {
            put!(out, r#","sharedEventID":"{}""#, dice.uuid());
        }
        if moment.late {
            out.push_str(r#","addendum":{"reason":"DELIVERY_DELAY"}"#);
        }
        if call.data && dice.in_thousand(300) {
            put!(out, r#","vpcEndpointId":"vpce-{}""#, site.things("endpoint").hex(17));
        }
        put!(out, r#","eventCategory":"{}""#, if call.data { "Data" } else { "Management" });
        if !caller.is_service() && dice.in_thousand(750) {
            let host = format_args!("{service}.{}.amazonaws.com", site.region);
            put!(out, r#","tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256""#);
            put!(out, r#","clientProvidedHostHeader":"{host}"}}"#);
        }
        out.push('}');
    }
}

fn error(call: Call, arn: &str, dice: &mut Dice, out: &mut String) {
    let Call { service, name, .. } = call;
    let (code, denied) = match service {
        "ec2" => ("Client.UnauthorizedOperation", true),
        _ => dice.weighted(&ERRORS),
    };
    put!(out, r#","errorCode":"{code}","errorMessage":""#);
    if denied {
        put!(
            out,
            "User: {arn} is not authorized to perform: {service}:{name} because no identity-based policy allows "
        );
        put!(out, r#"the {service}:{name} action""#);
    } else {
        out.push_str(dice.pick(&[
            r#"Rate exceeded""#,
            r#"Not found""#,
            r#"1 validation error detected: Value at 'name' failed""#,
        ]));
    }
}
