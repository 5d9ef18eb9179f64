//! Access logs of load balancers.

mod alb;
mod clb;
mod nlb;

pub(crate) use alb::Alb;
pub(crate) use clb::Clb;
pub(crate) use nlb::Nlb;

use crate::clock::{Date, stamp};
use crate::dice::Dice;
use crate::objects::Slot;
use crate::world::Site;

/// Load balancers of an account in a Region.
const NAMES: [&str; 3] = ["shop", "api", "internal-tools"];

const PATHS: [&str; 16] = [
    "/",
    "/api/v1/orders",
    "/api/v1/items",
    "/static/app.js",
    "/static/style.css",
    "/login",
    "/api/v1/cart",
    "/health",
    "/images/banner.png",
    "/api/v1/users",
    "/search",
    "/favicon.ico",
    "/api/v1/events",
    "/robots.txt",
    "/wp-login.php",
    "/.env",
];

/// A load balancer that an object is about.
struct Balancer {
    name: &'static str,
    id: String,
}

impl Balancer {
    fn of(site: &Site, kind: &str, dice: &mut Dice) -> Self {
        let name = dice.favour(&NAMES);
        Self { name, id: site.things(&format!("{kind} {name}")).hex(16).to_string() }
    }
}

/// The key of an object, up to what tells the load balancer.
fn key(slot: &Slot, balancer: &str, rest: &str) -> String {
    let Site { account, region, .. } = &slot.site;
    // Objects lie under the day on which their window ends.
    let (folders, stamp) = (Date::of(slot.end()).folders(), stamp(slot.end()));
    format!(
        "AWSLogs/{account}/elasticloadbalancing/{region}/{folders}/{account}_elasticloadbalancing_{region}_{balancer}_{stamp}_{rest}"
    )
}

/// Appends a path with its query. Some are seen once.
fn path(dice: &mut Dice, out: &mut String) {
    out.push_str(dice.favour(&PATHS));
    match dice.below(10) {
        0..=3 => {}
        4..=6 => put!(out, "/{}", dice.rank(100_000)),
        7..=8 => put!(out, "?q={}&page={}", dice.letters(6), dice.rank(30)),
        _ => put!(out, "?session={}", dice.hex(20)),
    }
}

const METHODS: [(u64, &str); 6] =
    [(700, "GET"), (220, "POST"), (30, "PUT"), (20, "HEAD"), (15, "OPTIONS"), (15, "DELETE")];

const STATUSES: [(u64, u16); 11] = [
    (820, 200),
    (40, 304),
    (35, 404),
    (30, 302),
    (20, 201),
    (15, 301),
    (10, 403),
    (10, 400),
    (8, 500),
    (7, 204),
    (5, 503),
];

const CIPHERS: [(u64, (&str, &str)); 4] = [
    (600, ("TLS_AES_128_GCM_SHA256", "TLSv1.3")),
    (250, ("ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2")),
    (100, ("TLS_AES_256_GCM_SHA384", "TLSv1.3")),
    (50, ("ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2")),
];
