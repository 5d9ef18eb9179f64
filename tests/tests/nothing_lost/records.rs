//! Records found again: JSON by serde_json, lines by splitting them.

use std::collections::BTreeMap;

use ocsf_core::testing::RecordPlace;
use serde_json::Deserializer;
use serde_json::value::RawValue;

/// How the lines of a source are split.
#[derive(Clone, Copy)]
enum Split {
    /// There are none: all is JSON.
    Json,
    /// At blanks; names from a header, else these.
    Blanks(fn(&[&str]) -> &'static str),
    /// At blanks outside of quotes.
    Quotes,
}

/// Reads the records of one source.
pub(crate) struct Reader {
    split: Split,
    /// The record that was read before, and the place and texts of the wrapping that it came in, those after it.
    last: Option<u64>,
    wrapping: Option<(usize, Vec<String>)>,
}

impl Reader {
    pub(crate) fn of(source: &str) -> Self {
        let split = match source {
            "vpc-flow" => {
                Split::Blanks(|fields| if fields.get(1) == Some(&"TransitGateway") { TGW } else { VPC })
            }
            "route53-public" => Split::Blanks(|_| PUBLIC),
            "elb" => Split::Quotes,
            _ => Split::Json,
        };
        Self { split, last: None, wrapping: None }
    }

    /// The fields of a record as a JSON object.
    pub(crate) fn read(&mut self, place: &RecordPlace<'_>) -> Option<String> {
        if self.last.is_none_or(|last| place.record <= last) {
            self.wrapping = None;
        }
        self.last = Some(place.record);
        let text = self.text(place)?;
        if text.starts_with('{') {
            return is_object(&text).then_some(text);
        }
        let header = header_before(place.input.get(..place.byte)?);
        let fields = match self.split {
            Split::Json => return None,
            Split::Blanks(names) => {
                let fields: Vec<&str> = text.split_ascii_whitespace().collect();
                let names = header.as_deref().unwrap_or_else(|| names(&fields));
                named(names, fields)
            }
            Split::Quotes => {
                // Network Load Balancers write a list of quoted words as one field.
                let blanks: Vec<&str> = text.split_ascii_whitespace().collect();
                let fields = if log_of(&blanks) == Some(NLB) { blanks } else { quoted(&text) };
                named(log_of(&fields)?, fields)
            }
        };
        serde_json::to_string(&fields).ok()
    }

    /// The text of a record, out of the wrapping that it came in. One of several in a wrapping is the next of its length.
    fn text(&mut self, place: &RecordPlace<'_>) -> Option<String> {
        let rest = std::str::from_utf8(place.input.get(place.byte..)?).ok()?;
        let whole = place.text().filter(|text| !text.starts_with('{') || is_object(text));
        if rest.starts_with('{') {
            if let Some(text) = whole.filter(|text| documents(text) == [*text]) {
                return Some(text.to_owned());
            }
        } else {
            // A line, perhaps behind the time stamp of an export; it goes on behind a raw line break.
            let line = rest.lines().next()?.trim_end();
            let after_stamp = line.split_once(' ').map_or("", |(_, after)| after);
            if after_stamp.len() == place.len || after_stamp.starts_with('{') {
                let texts = documents(after_stamp);
                return texts.into_iter().find(|text| text.len() == place.len);
            }
            return place.text().map(str::to_owned);
        }
        if self.wrapping.as_ref().is_none_or(|(byte, _)| *byte != place.byte) {
            let value = Deserializer::from_str(rest).into_iter::<&RawValue>().next()?.ok()?;
            self.wrapping = Some((place.byte, documents(value.get())));
        }
        let (_, texts) = self.wrapping.as_mut()?;
        let at = texts.iter().position(|text| text.len() == place.len)?;
        texts.drain(..=at).next_back()
    }
}

fn is_object(text: &str) -> bool {
    serde_json::from_str::<BTreeMap<String, &RawValue>>(text).is_ok()
}

/// The records in a text: those in the wrappings that it holds, or the text itself.
fn documents(text: &str) -> Vec<String> {
    let text = text.trim();
    if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(text) {
        return items.iter().flat_map(|item| documents(item.get())).collect();
    }
    let Ok(members) = serde_json::from_str::<BTreeMap<String, &RawValue>>(text) else {
        // Records side by side, or lines.
        let side_by_side =
            || Deserializer::from_str(text).into_iter::<&RawValue>().collect::<Result<Vec<_>, _>>();
        return match side_by_side() {
            Ok(values) if values.len() > 1 => {
                values.iter().flat_map(|value| documents(value.get())).collect()
            }
            _ => text.lines().map(|line| line.trim_end().to_owned()).collect(),
        };
    };
    let inner = |raw: &RawValue| match serde_json::from_str::<String>(raw.get()) {
        Ok(text) => documents(&text),
        Err(_) => documents(raw.get()),
    };
    if let Some(events) = members.get("logEvents") {
        let events: Vec<BTreeMap<String, &RawValue>> = serde_json::from_str(events.get()).unwrap_or_default();
        return events.iter().filter_map(|event| event.get("message")).flat_map(|raw| inner(raw)).collect();
    }
    if members.contains_key("eventVersion") || members.contains_key("eventName") {
        return vec![text.to_owned()];
    }
    let names = ["CloudTrailEvent", "detail", "Records", "Events", "message"];
    match names.iter().find_map(|name| members.get(*name)) {
        Some(raw) => inner(raw),
        None => vec![text.to_owned()],
    }
}

/// The last header line of flow logs.
fn header_before(input: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(input).ok()?;
    let is_header =
        |line: &&str| line.split_ascii_whitespace().any(|word| word == "start" || word == "srcaddr");
    text.lines().rfind(is_header).map(str::to_owned)
}

fn named(names: &str, fields: Vec<&str>) -> BTreeMap<String, String> {
    let mut names = names.split_ascii_whitespace();
    let name =
        |at: usize, name: Option<&str>| name.map_or_else(|| format!("field_{}", at + 1), str::to_owned);
    fields.into_iter().enumerate().map(|(at, field)| (name(at, names.next()), field.to_owned())).collect()
}

/// Fields between blanks; a quoted one ends at the quote before a blank or the end, and none is escaped.
fn quoted(line: &str) -> Vec<&str> {
    let mut fields = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (field, after) = match rest.strip_prefix('"') {
            Some(inner) => {
                let ends = |(at, _): &(usize, &str)| {
                    let is_escaped =
                        inner[..*at].bytes().rev().take_while(|byte| *byte == b'\\').count() % 2 == 1;
                    !is_escaped && matches!(inner.as_bytes().get(at + 1), None | Some(b' '))
                };
                let end = inner.match_indices('"').find(ends).map_or(inner.len(), |(at, _)| at);
                (&inner[..end], inner.get(end + 1..).unwrap_or_default())
            }
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        fields.push(field);
        rest = after.trim_start();
    }
    fields
}

/// The names of the fields of the log that a line is of.
fn log_of(fields: &[&str]) -> Option<&'static str> {
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    Some(match fields {
        ["tls", version, ..] if is_number(version) => NLB,
        [_, _, third, ..] if third.contains('/') => ALB,
        [kind, _, latency, ..] if !kind.starts_with("20") && is_number(latency) => HEALTH,
        [_, address, ..] if address.parse::<std::net::IpAddr>().is_ok() => CONNECTION,
        [_, _, ..] => CLB,
        _ => return None,
    })
}

const VPC: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    action log-status";
const TGW: &str = "version resource-type account-id tgw-id tgw-attachment-id tgw-src-vpc-account-id \
    tgw-dst-vpc-account-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni \
    tgw-src-az-id tgw-dst-az-id tgw-pair-attachment-id srcaddr dstaddr srcport dstport protocol packets bytes start end \
    log-status type packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded packets-lost-ttl-expired \
    tcp-flags region flow-direction pkt-src-aws-service pkt-dst-aws-service";
const PUBLIC: &str = "log_format_version query_timestamp hosted_zone_id query_name query_type response_code protocol \
    edge_location resolver_ip edns_client_subnet";
const ALB: &str = "type time elb client:port target:port request_processing_time target_processing_time \
    response_processing_time elb_status_code target_status_code received_bytes sent_bytes request user_agent ssl_cipher \
    ssl_protocol target_group_arn trace_id domain_name chosen_cert_arn matched_rule_priority request_creation_time \
    actions_executed redirect_url error_reason target:port_list target_status_code_list classification \
    classification_reason conn_trace_id transformed_host transformed_uri request_transform_status ip_address";
const CONNECTION: &str = "timestamp client_ip client_port listener_port tls_protocol tls_cipher tls_handshake_latency \
    leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number tls_verify_status conn_trace_id \
    tls_keyexchange elb ip_address";
const HEALTH: &str =
    "type time latency target_addr target_group_id status status_code reason_code elb ip_address";
const NLB: &str = "type version time elb listener client:port destination:port connection_time tls_handshake_time \
    received_bytes sent_bytes incoming_tls_alert chosen_cert_arn chosen_cert_serial tls_cipher tls_protocol_version \
    tls_keyexchange domain_name alpn_fe_protocol alpn_be_protocol alpn_client_preference_list \
    tls_connection_creation_time";
const CLB: &str = "time elb client:port backend:port request_processing_time backend_processing_time \
    response_processing_time elb_status_code backend_status_code received_bytes sent_bytes request user_agent ssl_cipher \
    ssl_protocol";
