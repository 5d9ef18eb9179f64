//! One test for each decision that the mappings document.

use ocsf_core::testing::map;
use ocsf_core::{Mapper, MapperOptions, ObjectInfo, Output, event as json_of};
use serde_json::{Value, json};

use super::{event, lines, options, public, queries, record, resolver};

const LINE: &str = "1.0 2026-01-02T03:04:05.678Z ZEXAMPLE1 www.example.com A NOERROR UDP FRA50 192.0.2.53 -";

#[test]
fn the_dot_at_the_end_goes_unless_it_is_wanted() {
    let name = |options: &MapperOptions, name: &str| {
        let input = record(&json!({"query_name": name})).to_string();
        map(&mut resolver(options), input.as_bytes()).json()[0]["query"]["hostname"].take()
    };
    let keep = MapperOptions::default().with_source_option("keep-trailing-dot", "true");
    for (query, stripped) in [
        ("Www.Example.com.", "Www.Example.com"),
        ("www.example.com", "www.example.com"),
        (".", "."),
        (r"\052.example.com.", r"\052.example.com"),
    ] {
        assert_eq!(name(&MapperOptions::default(), query), stripped);
        assert_eq!(name(&keep, query), query);
    }
    let answers = json!([{"Rdata": "edge.example.com.", "Type": "CNAME"}]);
    assert_eq!(event(&json!({"answers": answers}))["answers"][0]["rdata"], "edge.example.com.");
    assert!(
        ocsf_route53::resolver_mapper(
            &MapperOptions::default().with_source_option("keep-trailing-dot", "no")
        )
        .is_err()
    );
    // The option is the Resolver's.
    let dotted = LINE.replace("www.example.com", "www.example.com.");
    let public = map(&mut public(&keep), dotted.as_bytes());
    assert_eq!(public.json()[0]["query"]["hostname"], "www.example.com");
}

#[test]
fn no_answers_are_an_empty_list_and_unknown_answers_are_none() {
    let answers = |answers: Value| event(&json!({"answers": answers}))["answers"].take();
    assert_eq!(answers(json!([])), json!([]));
    assert_eq!(answers(Value::Null), Value::Null);
    let chain = json!([
        {"Rdata": "edge.example.com.", "Type": "CNAME", "Class": "IN"},
        {"rdata": "192.0.2.1", "type": "A", "class": "IN"},
        {"rdata": "192.0.2.2", "answer_type": "A", "answer_class": "IN"},
    ]);
    assert_eq!(
        answers(chain),
        json!([
            {"rdata": "edge.example.com.", "type": "CNAME", "class": "IN"},
            {"rdata": "192.0.2.1", "type": "A", "class": "IN"},
            {"rdata": "192.0.2.2", "type": "A", "class": "IN"},
        ])
    );
    let odd = event(&json!({"answers": [{"Rdata": "192.0.2.1", "TTL": 60}, {"Type": "A"}]}));
    assert_eq!(odd["answers"], json!([{"rdata": "192.0.2.1"}]));
    assert_eq!(odd["unmapped"], json!({"answers[].TTL": "60", "answers[].Type": "A"}));
    let lone = event(&json!({"answers": {"Rdata": "192.0.2.1"}}));
    assert_eq!((lone.get("answers"), &lone["unmapped"]["answers.Rdata"]), (None, &json!("192.0.2.1")));
}

#[test]
fn a_dash_is_no_value() {
    let event = event(&json!({"query_type": "-", "query_class": "-", "rcode": "-"}));
    assert!(!event.to_string().contains(r#":"-""#), "{event}");
    assert_eq!((event["query"].get("type"), event["status"].as_str()), (None, Some("Unknown")));
}

#[test]
fn codes_and_status() {
    for (code, id, caption, status) in [
        (json!("NOERROR"), json!(0), json!("NoError"), "Success"),
        (json!("NoError"), json!(0), json!("NoError"), "Success"),
        (json!("SERVFAIL"), json!(2), json!("ServError"), "Failure"),
        (json!("nxdomain"), json!(3), json!("NXDomain"), "Failure"),
        (json!("BADTHING"), json!(99), json!("BADTHING"), "Failure"),
        (Value::Null, Value::Null, Value::Null, "Unknown"),
    ] {
        let event = event(&json!({"rcode": code}));
        assert_eq!((&event["rcode_id"], &event["rcode"]), (&id, &caption), "{code}");
        assert_eq!((&event["status"], &event["status_code"]), (&json!(status), &code), "{code}");
    }
}

#[test]
fn rules_of_the_firewall_act() {
    let plain = event(&json!({"firewall_rule_action": null, "firewall_rule_group_id": ""}));
    assert_eq!(plain["metadata"]["profiles"], json!(["cloud", "datetime"]));
    assert_eq!((plain.get("action_id"), plain.get("firewall_rule")), (None, None));
    for version in ["1.1.0", "1.8.0"] {
        for (action, expected) in [
            (json!("ALERT"), json!(["Allowed", 1, "Alert", 19])),
            (json!("BLOCK"), json!(["Denied", 2, "Blocked", 2])),
            (json!("ALLOW"), json!(["Allowed", 1, "Allowed", 1])),
            (json!("REDIRECT"), json!(["REDIRECT", 99, "REDIRECT", 99])),
            (Value::Null, json!(["Unknown", 0, "Unknown", 0])),
        ] {
            let changes = json!({"firewall_rule_action": action, "firewall_rule_group_id": "rslvr-frg-1"});
            let input = record(&changes).to_string();
            let event = map(&mut resolver(&options(version)), input.as_bytes()).json().remove(0);
            let found =
                ["action", "action_id", "disposition", "disposition_id"].map(|name| event[name].clone());
            assert_eq!(json!(found), expected);
            assert_eq!(event["firewall_rule"], json!({"uid": "rslvr-frg-1"}));
            assert_eq!(event["metadata"]["profiles"], json!(["cloud", "datetime", "security_control"]));
        }
    }
    let list = event(&json!({"firewall_domain_list_id": "rslvr-fdl-1"}));
    assert_eq!(
        (&list["action"], &list["unmapped"]),
        (&json!("Unknown"), &json!({"firewall_domain_list_id": "rslvr-fdl-1"}))
    );
    // An action that is no word: before OCSF 1.5 the profile needs one.
    let odd = event(&json!({"firewall_rule_action": {"x": "y"}, "firewall_rule_group_id": "rslvr-frg-1"}));
    assert_eq!(
        odd["unmapped"],
        json!({"firewall_rule_action.x": "y", "firewall_rule_group_id": "rslvr-frg-1"})
    );
}

#[test]
fn who_asked_and_whom() {
    let ends = |changes: Value| {
        let event = event(&changes);
        (event["src_endpoint"].clone(), event["dst_endpoint"].clone())
    };
    let endpoint = json!({"resolver_endpoint": "rslvr-in-1", "resolver_network_interface": "rni-1"});
    assert_eq!(
        ends(json!({"srcids": endpoint})),
        (
            json!({"ip": "10.0.4.9", "port": 40_112, "vpc_uid": "vpc-0aa1"}),
            json!({"instance_uid": "rslvr-in-1", "interface_uid": "rni-1"})
        )
    );
    let instance = json!({"ip": "10.0.4.9", "port": 40_112, "vpc_uid": "vpc-0aa1", "instance_uid": "i-0bb2"});
    assert_eq!(ends(json!({})), (instance, Value::Null));
    assert_eq!(ends(json!({"srcids": {}})).1, Value::Null);
    assert_eq!(
        ends(json!({"srcids": null, "srcaddr": null, "srcport": null})).0,
        json!({"vpc_uid": "vpc-0aa1", "uid": "vpc-0aa1"})
    );
    let odd = event(&json!({"srcaddr": "10.0.0.777", "srcport": "70000", "srcids": null}));
    assert_eq!(odd["src_endpoint"], json!({"name": "10.0.0.777", "vpc_uid": "vpc-0aa1"}));
    assert_eq!(odd["unmapped"], json!({"srcport": "70000"}));
    assert_eq!(odd["connection_info"].get("protocol_ver_id"), None);
    let six = event(&json!({"srcaddr": "2001:db8::9", "srcport": 53, "transport": "tcp"}));
    assert_eq!(
        (&six["src_endpoint"]["ip"], &six["src_endpoint"]["port"]),
        (&json!("2001:db8::9"), &json!(53))
    );
    let connection = json!({
        "protocol_name": "tcp", "protocol_num": 6, "protocol_ver_id": 6,
        "protocol_ver": "Internet Protocol version 6 (IPv6)", "direction_id": 0, "direction": "Unknown",
    });
    assert_eq!(six["connection_info"], connection);
    assert_eq!(event(&json!({"transport": "DoH"}))["connection_info"]["protocol_name"], "doh");
}

#[test]
fn times_that_make_no_sense_are_rejected() {
    let code = |time: Value| {
        queries(record(&json!({"query_timestamp": time})).to_string()).rejects[0].code.to_string()
    };
    assert_eq!(code(Value::Null), "no-time");
    assert_eq!(code(json!("2026-01-02T03:04:177Z")), "time-out-of-range");
    assert_eq!(code(json!("1970-01-01T00:00:00Z")), "time-out-of-range");
    assert_eq!(event(&json!({"query_timestamp": "2026-01-02 03:04:05"}))["time"], 1_767_323_045_000_i64);
    assert_eq!(event(&json!({"query_timestamp": "2026-01-02T03:04:05.25Z"}))["time"], 1_767_323_045_250_i64);
    assert_eq!(lines(LINE.replace("03:04:05", "03:04:65")).rejects[0].code.as_str(), "time-out-of-range");
}

#[test]
fn objects_that_are_no_queries_are_foreign() {
    for input in [
        r#"{"query_name":"a.","other":1}"#,
        r#"{"version":2,"account_id":"111122223333","vpc_id":"v","srcaddr":"192.0.2.1","region":"eu-west-1"}"#,
        "[7]",
    ] {
        assert_eq!(queries(input).rejects[0].code.as_str(), "foreign-record", "{input}");
        assert_eq!(lines(input).rejects[0].code.as_str(), "foreign-record", "{input}");
    }
    assert_eq!(lines(record(&json!({})).to_string()).counts.rejects, 1);
    let fields = r#"{"hosted-zone-id":"ZEXAMPLE1","query_timestamp":"2026-01-02T03:04:05.678Z","query_name":"www.example.com","query_type":"A",
        "log_format_version":"1.0","response_code":"NOERROR","protocol":"UDP","edge_location":"FRA50","resolver_ip":"192.0.2.53","edns_client_subnet":"-"}"#;
    assert_eq!(lines(fields).json(), lines(LINE).json());
}

#[test]
fn public_queries_come_from_a_resolver_to_an_edge() {
    let event = lines(LINE.replace(" -", " 203.0.113.0/24")).json().remove(0);
    assert_eq!(event["src_endpoint"], json!({"ip": "192.0.2.53"}));
    assert_eq!(event["dst_endpoint"], json!({"name": "FRA50", "svc_name": "route53.amazonaws.com"}));
    assert_eq!(event["connection_info"]["direction"], "Inbound");
    assert_eq!(event["query"], json!({"hostname": "www.example.com", "type": "A"}));
    assert_eq!(
        event["metadata"]["product"]["feature"],
        json!({"name": "Public DNS Query Logs", "uid": "ZEXAMPLE1"})
    );
    assert_eq!(event["unmapped"], json!({"edns_client_subnet": "203.0.113.0/24"}));
    let later = lines(format!("{LINE} more -\n{LINE} other\n"));
    assert_eq!(later.json()[0]["unmapped"], json!({"field_11": "more"}));
    let drift: Vec<_> = later.issues.iter().filter(|(code, ..)| code == "drift").collect();
    assert_eq!(drift.len(), 1, "{drift:?}");
}

/// Account and Region of the event, and of its partition.
fn place(account: Option<&str>, region: Option<&str>, input: &str) -> [Option<String>; 4] {
    let mut mapper = public(&MapperOptions::default());
    mapper.begin(ObjectInfo {
        name: "x".into(),
        account: account.map(Into::into),
        region: region.map(Into::into),
        ..ObjectInfo::default()
    });
    mapper.decode(input.as_bytes(), true);
    let mut out = Output::default();
    mapper.flush(&mut out);
    let event = json_of::to_json(&out.batches[0].batch, 0);
    let text = |pointer| event.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let key = &out.batches[0].keys.partitions[0];
    [
        text("/cloud/account/uid"),
        text("/cloud/region"),
        key.account.as_deref().map(str::to_owned),
        key.region.as_deref().map(str::to_owned),
    ]
}

#[test]
fn account_and_region_of_public_queries_come_from_outside() {
    let expect = |account: Option<&str>, region: &str| {
        [account, Some(region), account, Some(region)].map(|text| text.map(str::to_owned))
    };
    assert_eq!(place(None, None, LINE), expect(None, "us-east-1"));
    assert_eq!(
        place(Some("999900001111"), Some("us-gov-west-1"), LINE),
        expect(Some("999900001111"), "us-gov-west-1")
    );
    let wrapped = json!({"owner": "444455556666", "logEvents": [{"message": LINE}]}).to_string();
    assert_eq!(place(Some("999900001111"), None, &wrapped), expect(Some("444455556666"), "us-east-1"));
}
