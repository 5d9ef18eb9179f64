//! One test for each decision that the mapping documents.

use ocsf_core::schema::VERSIONS;
use serde_json::{Value, json};

use super::{alb, event, event_at, mapped};

const CLB: &str = "2026-08-01T10:00:00.000001Z legacy-lb 198.51.100.4:2817 10.0.0.9:80 0.000086 1.001048 0.001337 \
                   200 201 10 57 \"GET http://www.example.com:80/ HTTP/1.1\" \"-\" - -";

const CONNECTION: &str = "2026-08-01T10:00:00.000001Z 198.51.100.4 40000 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.012 \
                          \"CN=ana\" - 0A1B Success TID_00 x25519 app/shop/0123456789abcdef 203.0.113.10";

const NLB: &str = "tls 2.0 2026-08-01T10:00:05 net/edge/0123456789abcdef 0011 198.51.100.4:50000 10.0.2.7:443 5020 \
                   12 900 42000 0 - - ECDHE-RSA-AES128-SHA tlsv12 x25519 svc.example.com h2 h2 \"h2\" \
                   2026-08-01T10:00:00";

const HEALTH: &str = "http 2026-08-01T10:00:00.5Z 0.0026 10.0.1.5:8080 shop-tg PASS 200 - app/shop/0123456789abcdef 203.0.113.10";

#[test]
fn a_request_is_what_the_client_sees() {
    let event = event(&alb(&[]));
    assert_eq!(event["class_name"], "HTTP Activity");
    assert_eq!(event["src_endpoint"], json!({"ip": "198.51.100.4", "port": 50123}));
    assert_eq!(
        event["dst_endpoint"],
        json!({"uid": "app/shop/0123456789abcdef", "name": "shop", "ip": "203.0.113.10",
            "hostname": "sni.example.com", "type_id": 99, "type": "Load Balancer"})
    );
    assert_eq!(
        event["http_request"]["url"],
        json!({"url_string": "https://shop.example.com:8443/a/b?c=d", "scheme": "https",
            "hostname": "shop.example.com", "port": 8443, "path": "/a/b", "query_string": "c=d"})
    );
    assert_eq!(
        (&event["http_response"]["code"], &event["load_balancer"]["code"]),
        (&json!(200), &json!(201))
    );
    assert_eq!(event["load_balancer"]["dst_endpoint"], json!({"ip": "10.0.1.5", "port": 8080}));
    assert_eq!(
        event["http_response"]["http_headers"],
        json!([{"name": "Location", "value": "https://www.example.com/moved"}])
    );
    assert_eq!(
        event["unmapped"],
        json!({"type": "https", "matched_rule_priority": "3", "actions_executed": "waf,forward",
            "target_group_arn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/aaaabbbbccccdddd",
            "chosen_cert_arn": "arn:aws:acm:eu-west-2:444455556666:certificate/00000000-0000-4000-8000-000000000001",
            "transformed_host": "inner.example.com", "transformed_uri": "/v2/a",
            "request_transform_status": "TransformSuccess"})
    );
    let event = event_at("1.3.0", &alb(&[]));
    assert_eq!(
        (&event["dst_endpoint"]["type_id"], &event["load_balancer"]["ip"]),
        (&json!(15), &json!("203.0.113.10"))
    );
}

#[test]
fn what_the_client_sends_goes_out_of_the_source() {
    let event = event(&alb(&[]));
    assert_eq!(event["traffic"], json!({"bytes_out": 310, "bytes_in": 1542, "bytes": 1852}));
    assert_eq!(
        (&event["http_request"]["length"], &event["http_response"]["length"]),
        (&json!(310), &json!(1542))
    );
    // Classic Load Balancers count bodies only, for which OCSF has a place since 1.5.0.
    let clb = |version| {
        let event = event_at(version, CLB);
        let size = |part: &str, name: &str| event[part].get(name).cloned().unwrap_or_default();
        [
            size("http_request", "length"),
            size("http_request", "body_length"),
            size("http_response", "body_length"),
        ]
    };
    assert_eq!(clb("1.3.0"), [json!(10), Value::Null, Value::Null]);
    assert_eq!(clb("1.5.0"), [Value::Null, json!(10), json!(57)]);
    // More than an attribute of 32 bits can hold is in `traffic` alone.
    let large = event_at("1.1.0", &alb(&[(11, "4294967296")]));
    assert_eq!(
        (&large["traffic"]["bytes_in"], large["http_response"].get("length")),
        (&json!(4_294_967_296_i64), None)
    );
}

#[test]
fn methods_are_activities_where_the_version_knows_them() {
    let method = |version, method: &str| {
        let event =
            event_at(version, &alb(&[(12, &format!("\"{method} https://a.example.com/ HTTP/1.1\""))]));
        let of = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        format!(
            "{} {} {}",
            event["activity_id"],
            of(&event["activity_name"]),
            of(&event["http_request"]["http_method"])
        )
    };
    assert_eq!(method("1.1.0", "POST"), "6 Post POST");
    assert_eq!(method("1.5.0", "PATCH"), "99 PATCH -");
    assert_eq!(method("1.8.0", "PATCH"), "9 Patch PATCH");
    assert_eq!(method("1.8.0", "SSTP_DUPLEX_POST"), "99 SSTP_DUPLEX_POST -");
    assert_eq!(method("1.1.0", "-"), "0 Unknown -");
}

#[test]
fn requests_that_could_not_be_read_keep_what_is_known() {
    let event = event(&alb(&[(12, "\"- http://shop.example.com:80- -\""), (18, "\"-\"")]));
    assert_eq!(event["activity_id"], 0);
    assert_eq!(
        event["http_request"]["url"],
        json!({"url_string": "http://shop.example.com:80", "scheme": "http", "hostname": "shop.example.com", "port": 80})
    );
    assert_eq!(event["dst_endpoint"]["hostname"], "shop.example.com");
    for version in VERSIONS {
        let event = event_at(version, &alb(&[(12, "\"- - - \""), (18, "\"-\"")]));
        assert_eq!((event["http_request"].get("url"), event["unmapped"].get("request")), (None, None));
    }
}

#[test]
fn host_names_are_told_from_addresses_and_other_text() {
    let hosts = |sni: &str, url: &str| {
        let request = format!("\"GET {url} HTTP/1.1\"");
        let event = event(&alb(&[(18, &format!("\"{sni}\"")), (12, &request)]));
        let at = |pointer| event.pointer(pointer).and_then(Value::as_str).unwrap_or("-").to_owned();
        [at("/dst_endpoint/hostname"), at("/http_request/url/hostname"), at("/tls/sni")]
    };
    assert_eq!(
        hosts(" a.example.com", "https://b.example.com/"),
        ["a.example.com", "b.example.com", "a.example.com"]
    );
    assert_eq!(hosts("*", "https://b.example.com/"), ["b.example.com", "b.example.com", "*"]);
    assert_eq!(hosts("192.0.2.9", "https://b_c.example.com/"), ["-", "-", "192.0.2.9"]);
    assert_eq!(hosts("-", "https://192.0.2.80:443/"), ["-", "192.0.2.80", "-"]);
    assert_eq!(hosts("192.0.2.80:443", "https://[2001:db8::80]:443/"), ["-", "-", "192.0.2.80:443"]);
}

#[test]
fn durations_are_told_from_both_ends_or_from_the_phases() {
    let duration = |changes: &[(usize, &str)]| event(&alb(changes)).get("duration").cloned();
    assert_eq!(duration(&[]), Some(json!(23)));
    assert_eq!(duration(&[(21, "-")]), Some(json!(24)));
    assert_eq!(duration(&[(21, "2026-08-01T10:00:01.000000Z")]), Some(json!(24)));
    assert_eq!(duration(&[(21, "-"), (7, "-1")]), Some(json!(21)));
    assert_eq!(duration(&[(21, "-"), (5, "-1"), (6, "-1"), (7, "-1")]), None);
    // A WebSocket may stay open for longer than 32 bits of milliseconds.
    let long = alb(&[(0, "wss"), (21, "2026-01-01T10:00:00.123456Z"), (1, "2026-07-01T10:00:00.123456Z")]);
    assert_eq!(event_at("1.3.0", &long)["duration"], 15_638_400_000_i64);
    assert_eq!(event_at("1.1.0", &long).get("duration"), None);
    let clb = event(CLB);
    assert_eq!(
        (&clb["duration"], &clb["start_time"], clb.get("end_time")),
        (&json!(1002), &clb["time"], None)
    );
}

#[test]
fn phases_that_were_not_reached_are_no_metrics() {
    let event = |changes: &[(usize, &str)]| event(&alb(changes));
    assert_eq!(
        event(&[(6, "-1"), (7, "-1")])["load_balancer"]["metrics"],
        json!([{"name": "request_processing_time", "value": "0.001"}])
    );
    let none = event(&[(5, "-1"), (6, "-1"), (7, "-1")]);
    assert_eq!(none["load_balancer"].get("metrics"), None);
    assert_eq!(none["unmapped"]["target_processing_time"], "-1");
    assert_eq!(none["http_response"].get("latency"), None);
    assert_eq!(event(&[])["http_response"]["latency"], 20);
}

#[test]
fn statuses_are_successes_below_400() {
    let status = |code: &str| event(&alb(&[(8, code)]))["status"].take();
    for (code, expected) in [
        ("101", "Success"),
        ("399", "Success"),
        ("400", "Failure"),
        ("561", "Failure"),
        ("-", "Unknown"),
        ("x", "Unknown"),
    ] {
        assert_eq!(status(code), expected, "{code}");
    }
    // Before 1.5.0 no event is valid without a response, nor a response without a code.
    let response = |version| event_at(version, &alb(&[(8, "-"), (23, "\"-\"")]))["http_response"].take();
    assert_eq!(response("1.3.0"), json!({"code": 0, "latency": 20, "length": 1542}));
    assert_eq!(response("1.5.0"), Value::Null);
}

#[test]
fn targets_are_paired_with_their_statuses() {
    let attempts = |targets: &str, codes: &str| {
        let event = event(&alb(&[(25, &format!("\"{targets}\"")), (26, &format!("\"{codes}\""))]));
        (
            event["load_balancer"]["endpoint_connections"].clone(),
            event["unmapped"]["target_status_code_list"].clone(),
        )
    };
    assert_eq!(
        attempts("10.0.1.5:80 [2001:db8::9]:81 odd", "502 - 200 504"),
        (
            json!([
                {"network_endpoint": {"ip": "10.0.1.5", "port": 80}, "code": 502},
                {"network_endpoint": {"ip": "2001:db8::9", "port": 81}},
                {"network_endpoint": {"name": "odd"}, "code": 200},
                {"code": 504},
            ]),
            Value::Null
        )
    );
    assert_eq!(attempts("10.0.1.5:80", "none"), (Value::Null, json!("none")));
    assert_eq!(attempts("-", "-"), (Value::Null, Value::Null));
}

#[test]
fn tls_without_a_version_stays_unmapped() {
    let event = event(&alb(&[(15, "-")]));
    assert_eq!(
        (event.get("tls"), &event["unmapped"]["ssl_cipher"]),
        (None, &json!("TLS_AES_128_GCM_SHA256"))
    );
    assert_eq!(event["unmapped"]["domain_name"], "sni.example.com");
    assert!(mapped("1.1.0", alb(&[(15, "-")])).issues.iter().all(|issue| issue.0 != "object-dropped"));
}

#[test]
fn account_and_region_are_those_of_the_arns() {
    let cloud = |changes: &[(usize, &str)]| event(&alb(changes))["cloud"].take();
    assert_eq!(
        cloud(&[]),
        json!({"provider": "AWS", "account": {"uid": "111122223333"}, "region": "eu-west-1"})
    );
    assert_eq!(
        cloud(&[(16, "-")]),
        json!({"provider": "AWS", "account": {"uid": "444455556666"}, "region": "eu-west-2"})
    );
    assert_eq!(cloud(&[(16, "arn:aws:x"), (19, "\"session-reused\"")]), json!({"provider": "AWS"}));
}

#[test]
fn connections_open_or_fail() {
    let outcome = |line: &str| {
        let event = event(line);
        format!("{} {}", event["activity_name"].as_str().unwrap(), event["status"].as_str().unwrap())
    };
    assert_eq!(outcome(CONNECTION), "Open Success");
    assert_eq!(outcome(&CONNECTION.replace("Success", "Failed:ClientCertUntrusted")), "Fail Failure");
    assert_eq!(outcome(&CONNECTION.replace("0.012", "-")), "Fail Failure");
    assert_eq!(
        outcome("2026-08-01T10:00:00.000001Z 198.51.100.4 40000 80 - - - \"-\" - - -"),
        "Open Unknown"
    );
    let event = event(CONNECTION);
    assert_eq!(
        event["tls"],
        json!({"version": "1.3", "cipher": "TLS_AES_128_GCM_SHA256", "handshake_dur": 12})
    );
    assert_eq!(
        (&event["dst_endpoint"]["port"], &event["connection_info"]["uid"]),
        (&json!(443), &json!("TID_00"))
    );
    assert_eq!(
        event["load_balancer"]["metrics"],
        json!([{"name": "tls_handshake_latency", "value": "0.012"}])
    );
}

#[test]
fn checks_go_from_the_load_balancer_to_the_target() {
    let check = |line: &str| {
        let event = event(line);
        (event["activity_name"].clone(), event["status"].clone(), event["dst_endpoint"].clone())
    };
    let target = json!({"ip": "10.0.1.5", "port": 8080});
    assert_eq!(check(HEALTH), (json!("Traffic"), json!("Success"), target.clone()));
    assert_eq!(
        check(&HEALTH.replace("PASS 200", "FAIL 503")),
        (json!("Traffic"), json!("Failure"), target.clone())
    );
    assert_eq!(check(&HEALTH.replace("PASS 200", "FAIL -")), (json!("Fail"), json!("Failure"), target));
    let arn = "arn:aws:lambda:eu-west-1:111122223333:function:check";
    let function = HEALTH.replace("http", "lambda").replace("10.0.1.5:8080", arn);
    assert_eq!(check(&function).2, json!({"uid": arn, "svc_name": "lambda.amazonaws.com"}));
    assert_eq!(event(&function)["connection_info"], json!({"direction_id": 2, "direction": "Outbound"}));
    let event = event(HEALTH);
    assert_eq!((&event["src_endpoint"]["ip"], &event["duration"]), (&json!("203.0.113.10"), &json!(3)));
    assert_eq!(event["load_balancer"]["metrics"], json!([{"name": "latency", "value": "0.0026"}]));
}

#[test]
fn times_of_network_load_balancers_are_utc_and_milliseconds() {
    let event = event(NLB);
    assert_eq!(
        (&event["start_time_dt"], &event["end_time_dt"], &event["time_dt"]),
        (&json!("2026-08-01T10:00:00Z"), &json!("2026-08-01T10:00:05Z"), &json!("2026-08-01T10:00:05Z"))
    );
    assert_eq!(event["duration"], 5020);
    assert_eq!(event["activity_name"], "Traffic");
    assert_eq!(
        event["tls"],
        json!({"version": "1.2", "cipher": "ECDHE-RSA-AES128-SHA", "sni": "svc.example.com", "alert": 0, "handshake_dur": 12})
    );
    assert_eq!(event["unmapped"]["alpn_client_preference_list"], "\"h2\"");
    assert_eq!(event["dst_endpoint"]["port"], 443);
    let failed = self::event(&NLB.replace(" 12 900", " - 900"));
    assert_eq!((&failed["activity_name"], &failed["status"]), (&json!("Fail"), &json!("Failure")));
}

#[test]
fn classic_load_balancers_have_requests_or_streams() {
    let table = |line: &str| {
        let mapped = mapped("1.1.0", line);
        mapped.events.iter().position(|events| !events.is_empty()).expect("an event")
    };
    let stream = CLB.replace("GET http://www.example.com:80/ HTTP/1.1", "- - - ").replace("200 201", "- -");
    assert_eq!((table(CLB), table(&stream)), (4, 5));
    assert_eq!(table(&CLB.replace("200 201", "- -")), 4);
    assert_eq!(table(&stream.replace("- - 10", "400 - 10")), 4);
    let event = event(&stream);
    assert_eq!((&event["activity_name"], event.get("unmapped")), (&json!("Traffic"), None));
    let failed = self::event(&stream.replace("0.000086", "-1"));
    assert_eq!((&failed["activity_name"], &failed["status"]), (&json!("Fail"), &json!("Failure")));
}
