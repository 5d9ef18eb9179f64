//! Lines that stand in several tables: product, place, ends of the connection, load balancer, TLS, times.

use ocsf_aws_common::is_ip;
use ocsf_core::{Enumerated, Field, Fields, Row, Shape, Table, Uses, Value, Version, fields, reads, takes};

use crate::fields::{
    CERT_ARN, CLIENT, CLIENT_IP, CLIENT_PORT, DOMAIN, ELB, RECEIVED_BYTES, SENT_BYTES, TARGET_GROUP_ARN,
    TIME, TIMESTAMP,
};
use crate::record::Elb;
use crate::values::{Endpoint, is_host_name, seconds, tls_version, to_ms};

/// What tells the events of a log from those of the others, when and where.
pub(crate) fn event(t: &mut Table<Elb>, balancer: &'static str, log: &'static str) {
    t.time("time", [TIME, TIMESTAMP]);
    t.id_konst("severity_id", 1);
    t.konst("metadata.product.vendor_name", "AWS");
    t.konst("metadata.product.name", "Elastic Load Balancing");
    t.konst("metadata.product.feature.name", balancer);
    t.konst("metadata.log_name", log);
    t.konst("cloud.provider", "AWS");
    let arns = || reads(&[TARGET_GROUP_ARN, CERT_ARN]);
    t.dict_by("cloud.account.uid", arns(), "of the ARNs, else of the log group or object", |r| {
        r.facts.place.account.or_else(|| r.origin().account)
    })
    .searched();
    t.dict_by("cloud.region", arns(), "of the ARNs, else of the object", |r| {
        r.facts.place.region.or_else(|| r.origin().region)
    });
}

/// Paths of an end of a connection.
pub(crate) struct End {
    ip: &'static str,
    port: &'static str,
    name: &'static str,
}

/// The client.
pub(crate) const CLIENT_END: End =
    End { ip: "src_endpoint.ip", port: "src_endpoint.port", name: "src_endpoint.name" };

/// What the load balancer speaks to for its clients.
pub(crate) const TARGET_END: End = End {
    ip: "load_balancer.dst_endpoint.ip",
    port: "load_balancer.dst_endpoint.port",
    name: "load_balancer.dst_endpoint.name",
};

/// An address with its port.
pub(crate) fn end<F>(t: &mut Table<Elb>, end: &End, uses: &Uses, of: F)
where
    F: for<'r, 'b> Fn(Row<'r, 'b, Elb>) -> Endpoint<'b> + Copy + Send + Sync + 'static,
{
    t.dict_by(end.ip, uses.clone(), "", move |r| of(r).ip).searched();
    t.port_by(end.port, uses.clone(), "", move |r| of(r).port);
    t.dict_by(end.name, uses.clone(), "when it is no address", move |r| of(r).name);
}

/// The client, written as one field with its port.
pub(crate) fn client(t: &mut Table<Elb>) {
    end(t, &CLIENT_END, &takes(&[CLIENT, CLIENT_PORT]), |r| r.facts.client);
}

/// Paths of the load balancer's end of the connection.
pub(crate) struct BalancerEnd {
    uid: &'static str,
    name: &'static str,
    ip: &'static str,
    svc_name: &'static str,
    type_id: &'static str,
}

/// It accepts the connection.
pub(crate) const ACCEPTS: BalancerEnd = BalancerEnd {
    uid: "dst_endpoint.uid",
    name: "dst_endpoint.name",
    ip: "dst_endpoint.ip",
    svc_name: "dst_endpoint.svc_name",
    type_id: "dst_endpoint.type_id",
};

/// It opens the connection.
pub(crate) const OPENS: BalancerEnd = BalancerEnd {
    uid: "src_endpoint.uid",
    name: "src_endpoint.name",
    ip: "src_endpoint.ip",
    svc_name: "src_endpoint.svc_name",
    type_id: "src_endpoint.type_id",
};

/// The load balancer, by itself and as one end of the connection; `node` has its address there.
pub(crate) fn balancer(t: &mut Table<Elb>, end: &BalancerEnd, node: Field) {
    const UID: &str = "else of the key of the object; Classic Load Balancers have none";
    const NAME: &str = "the part in the middle; else of the key of the object";
    t.dict_by(end.uid, takes(&[ELB]), UID, |r| r.facts.balancer.uid);
    t.dict_by(end.name, takes(&[ELB]), NAME, |r| r.facts.balancer.name);
    t.dict_by(end.ip, takes(&[node]), "", |r| r.facts.node.ip).searched();
    t.dict_by(
        end.svc_name,
        reads(&[ELB, node]),
        "`elasticloadbalancing.amazonaws.com` when nothing else is known of the load balancer",
        |r| {
            let is_known = r.facts.balancer.is_known() || r.facts.node.ip.is_some();
            (!is_known).then_some("elasticloadbalancing.amazonaws.com")
        },
    );
    t.dict_by("load_balancer.uid", takes(&[ELB]), UID, |r| r.facts.balancer.uid).searched();
    t.dict_by("load_balancer.name", takes(&[ELB]), NAME, |r| r.facts.balancer.name).searched();
    t.before(Version::V1_3, |t| {
        t.id(end.type_id, reads(&[]), "always 99 `Load Balancer`, which has no id before 1.3.0", |_| {
            Enumerated::Other("Load Balancer")
        });
    });
    t.since(Version::V1_3, |t| {
        t.id_konst(end.type_id, 15);
        t.dict_by("load_balancer.ip", takes(&[node]), "", |r| r.facts.node.ip);
    });
}

/// The name that the client knows the load balancer by: the one in the TLS handshake, else that of the URL.
pub(crate) fn host_name(t: &mut Table<Elb>, uses: &Uses, rule: &str) {
    let with_underscores = t.version() >= Version::V1_5;
    t.dict_by("dst_endpoint.hostname", uses.clone(), rule, move |r| {
        let is_name = |name: &&str| is_host_name(name, with_underscores) && !is_ip(name);
        let asked = r.text(DOMAIN).map(str::trim_ascii).filter(is_name);
        asked.or_else(|| r.facts.request.url?.host.filter(is_name))
    })
    .searched();
}

/// The connection between client and load balancer.
pub(crate) fn connection(t: &mut Table<Elb>) {
    t.konst("connection_info.protocol_name", "tcp");
    t.int_by("connection_info.protocol_num", reads(&[]), "always 6", |_| Some(6));
    t.id("connection_info.protocol_ver_id", reads(&[CLIENT, CLIENT_IP]), "by the client's address", |r| {
        ip_version(r.facts.client)
    });
    t.id_konst("connection_info.direction_id", 1);
}

/// Version of the Internet Protocol.
pub(crate) fn ip_version(end: Endpoint<'_>) -> Enumerated<'_> {
    end.ip.map_or(Enumerated::Missing, |ip| Enumerated::Id(if ip.contains(':') { 6 } else { 4 }))
}

/// Bytes as the client, the source of the connection, sees them.
pub(crate) fn traffic(t: &mut Table<Elb>) {
    t.long("traffic.bytes_out", RECEIVED_BYTES).note("from the client to the load balancer");
    t.long("traffic.bytes_in", SENT_BYTES).note("from the load balancer to the client");
    t.long_by("traffic.bytes", reads(&[RECEIVED_BYTES, SENT_BYTES]), "the sum of both", |r| {
        let number = |field| r.text(field)?.parse::<i64>().ok();
        number(RECEIVED_BYTES)?.checked_add(number(SENT_BYTES)?)
    });
}

/// The name that the client asked for in the TLS handshake.
pub(crate) fn sni(t: &mut Table<Elb>, version: Field) {
    t.dict_by("tls.sni", takes(&[DOMAIN]).and_reads(&[version]), "where there is a TLS version", move |r| {
        r.text(DOMAIN).map(str::trim_ascii).filter(|_| r.text(version).is_some())
    });
}

/// Version and cipher of a TLS connection. OCSF has no TLS without a version: then both stay unmapped.
pub(crate) fn tls(t: &mut Table<Elb>, version: Field, cipher: Field) {
    t.dict_by(
        "tls.version",
        takes(&[version]),
        "the number alone: `TLSv1.2` and `tlsv12` are 1.2",
        move |r| r.text(version).map(tls_version),
    );
    t.dict_by("tls.cipher", takes(&[cipher]).and_reads(&[version]), "where there is a version", move |r| {
        r.text(cipher).filter(|_| r.text(version).is_some())
    });
}

/// The duration of the event, in milliseconds; a 32-bit number before OCSF 1.3.0.
pub(crate) fn duration<F>(t: &mut Table<Elb>, uses: &Uses, rule: &str, by: F)
where
    F: for<'r, 'b> Fn(Row<'r, 'b, Elb>) -> Option<i64> + Copy + Send + Sync + 'static,
{
    t.before(Version::V1_3, |t| {
        t.int_by("duration", uses.clone(), rule, move |r| i32::try_from(by(r)?).ok());
    });
    t.since(Version::V1_3, |t| {
        t.long_by("duration", uses.clone(), rule, by);
    });
}

/// Milliseconds of a phase that was reached.
pub(crate) fn ms(r: Row<'_, '_, Elb>, phase: Field) -> Option<i64> {
    r.text(phase).and_then(seconds).map(to_ms)
}

/// Milliseconds of all phases that were reached.
pub(crate) fn sum(r: Row<'_, '_, Elb>, phases: &[Field]) -> Option<i64> {
    let times = phases.iter().filter_map(|phase| r.text(*phase).and_then(seconds));
    times.reduce(|a, b| a + b).map(to_ms)
}

/// Times of phases in seconds, as the log has them.
pub(crate) fn metrics(t: &mut Table<Elb>, phases: &'static [Field]) {
    t.list_by::<Named, _>(
        "load_balancer.metrics",
        takes(phases),
        "seconds, under the names of the fields; none for a phase that was not reached, `-1`, and where the load balancer is not known",
        move |r, items| {
            let is_known = r.facts.balancer.is_known();
            for phase in phases.iter().filter(|_| is_known) {
                if let Some(text) = r.text(*phase).filter(|text| !text.starts_with('-')) {
                    items.push(&[(NAME, Value::Str(phase.path())), (VALUE, Value::Str(text))]);
                }
            }
        },
        Named::lines,
    );
}

/// A name with a value.
#[derive(Debug)]
pub(crate) struct Named;

fields! { pub(crate) NAMED: NAME = "name", VALUE = "value" }

impl Shape for Named {
    const FIELDS: &'static [Field] = NAMED;
    type Facts<'b> = ();

    fn facts(_: Fields<'_, '_>) {}
}

impl Named {
    pub(crate) fn lines(t: &mut Table<Self>) {
        t.dict("name", NAME);
        t.str("value", VALUE);
    }
}
