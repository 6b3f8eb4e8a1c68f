use hyper::body::Incoming;
use hyper::header::{
    ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, HeaderValue,
};
use hyper::header::{REFERRER_POLICY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use hyper::{Method, Request, Response, StatusCode};
use logyard_server::Views;
use serde_json::json;

use crate::access::{Access, From};
use crate::assets::ASSETS;
use crate::body::{Answer, JSON, error, response, whole};
use crate::metrics::{self, Dialect};
use crate::query::{BadQuery, Format, Wanted};
use crate::search::{self, Ask, Searches};
use crate::watch;

/// What is shown, and who may see it.
pub(crate) struct Site {
    pub(crate) views: Views,
    access: Access,
    searches: Searches,
}

impl Site {
    pub(crate) fn new(views: Views, access: Access) -> Site {
        Site { views, access, searches: Searches::default() }
    }
}

/// Nothing is loaded from elsewhere, nothing that a record says is run, and no other page may hold
/// this one in a frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn answer(request: &Request<Incoming>, from: From, site: &Site) -> Response<Answer> {
    let mut response = find(request, from, site);
    if request.method() == Method::HEAD {
        *response.body_mut() = Answer::Whole(None);
    }
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    set(CONTENT_SECURITY_POLICY, POLICY);
    set(X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(REFERRER_POLICY, "no-referrer");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    response
}

fn find(request: &Request<Incoming>, from: From, site: &Site) -> Response<Answer> {
    let headers = request.headers();
    if let Err(refused) = site.access.check_site(from, headers) {
        return error(refused.status, refused.why);
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let mut response =
            error(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are known here");
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    let path = request.uri().path();
    // what tells nothing of the logs
    match path {
        "/healthz" => return whole(TEXT, "ok\n"),
        "/readyz" => return ready(site),
        _ => {}
    }
    if let Some(asset) = ASSETS.iter().find(|asset| asset.path == path) {
        let mut response = whole(asset.kind, asset.text);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        return response;
    }
    if let Err(refused) = site.access.check_token(from, headers) {
        let mut response = error(refused.status, refused.why);
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        return response;
    }
    let query = request.uri().query().unwrap_or_default();
    match path {
        "/api/v1/info" => info(site),
        "/api/v1/status" => status(site),
        "/metrics" => metrics(headers, site),
        "/api/v1/search" => search(query, site, Ask::Records),
        "/api/v1/summary" => search(query, site, Ask::Summary),
        "/api/v1/written" => written(query, site),
        "/api/v1/live" => live(query, headers, site),
        _ => error(StatusCode::NOT_FOUND, "there is nothing here; see /api/v1/openapi.yaml"),
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

fn ready(site: &Site) -> Response<Answer> {
    if site.views.is_ready() {
        return whole(TEXT, "ready\n");
    }
    response(StatusCode::SERVICE_UNAVAILABLE, TEXT, Answer::Whole(Some("not ready\n".into())))
}

fn info(site: &Site) -> Response<Answer> {
    let (first, next) = site.views.live().span();
    let info = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "token": site.access.wants_token(),
        "history": site.views.journal().is_some(),
        "first": first,
        "next": next,
    });
    whole(JSON, info.to_string())
}

fn status(site: &Site) -> Response<Answer> {
    let Some(status) = site.views.status() else { return ended() };
    match serde_json::to_string(&status) {
        Ok(text) => whole(JSON, text + "\n"),
        Err(why) => error(StatusCode::INTERNAL_SERVER_ERROR, &why.to_string()),
    }
}

fn metrics(headers: &hyper::HeaderMap, site: &Site) -> Response<Answer> {
    let Some(status) = site.views.status() else { return ended() };
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let dialect = Dialect::accepted(accept);
    whole(dialect.kind(), metrics::text(&status, dialect))
}

fn ended() -> Response<Answer> {
    error(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping")
}

/// A record as the files have it.
fn written(query: &str, site: &Site) -> Response<Answer> {
    let Some(number) = query.strip_prefix("number=").and_then(|number| number.parse().ok()) else {
        return error(StatusCode::BAD_REQUEST, "say which record: number=N");
    };
    if let Some(texts) = site.views.written_lately(number) {
        return whole(JSON, json!({ "texts": texts }).to_string() + "\n");
    }
    let Some(folder) = site.views.journal() else {
        return whole(JSON, "{\"texts\":[]}\n");
    };
    let ask = Ask::Written(number);
    match search::start(&site.searches, &folder, &site.views, Wanted::default(), ask) {
        Some(body) => response(StatusCode::OK, JSON, body),
        None => error(StatusCode::SERVICE_UNAVAILABLE, "too many searches are under way"),
    }
}

fn search(query: &str, site: &Site, ask: Ask) -> Response<Answer> {
    let wanted = match Wanted::read(query) {
        Ok(wanted) => wanted,
        Err(BadQuery(why)) => return error(StatusCode::BAD_REQUEST, &why),
    };
    let Some(folder) = site.views.journal() else {
        return error(StatusCode::NOT_FOUND, "there is no journal to search; see `--journal`");
    };
    if ask == Ask::Summary
        && let Some(why) = wanted.beyond_the_query()
    {
        return error(StatusCode::BAD_REQUEST, why);
    }
    match search::start(&site.searches, &folder, &site.views, wanted, ask) {
        Some(body) => response(StatusCode::OK, "application/x-ndjson", body),
        None => error(StatusCode::SERVICE_UNAVAILABLE, "too many searches are under way"),
    }
}

fn live(query: &str, headers: &hyper::HeaderMap, site: &Site) -> Response<Answer> {
    let mut wanted = match Wanted::read(query) {
        Ok(wanted) => wanted,
        Err(BadQuery(why)) => return error(StatusCode::BAD_REQUEST, &why),
    };
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // an EventSource that comes again
    if let Some(last) = header("last-event-id").and_then(|last| last.parse().ok()) {
        wanted.after = Some(last);
    }
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let events = accept.contains("text/event-stream");
    let format = wanted.format.unwrap_or(if events { Format::Events } else { Format::Lines });
    match watch::start(site.views.live(), wanted, format) {
        Some(body) => {
            let kind = match format {
                Format::Lines => "application/x-ndjson",
                Format::Events => "text/event-stream",
            };
            response(StatusCode::OK, kind, body)
        }
        None => error(StatusCode::SERVICE_UNAVAILABLE, "too many are watching already"),
    }
}
