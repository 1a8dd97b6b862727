//! Sessions in cookies: a page's scripts never see the tokens. Over https the names begin with `__Host-`, so that no other
//! host, and nothing on plain http, can set them (RFC 6265bis, section 4.1.3.2).

use crate::auth::session::Grant;
use poem::Request;
use poem::http::header::{COOKIE, ORIGIN, SET_COOKIE};
use poem_openapi::payload::Response;

/// Which token a cookie holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
}

impl Token {
    fn name(self, is_https: bool) -> &'static str {
        match (self, is_https) {
            (Token::Access, true) => "__Host-hubbub_access",
            (Token::Access, false) => "hubbub_access",
            (Token::Refresh, true) => "__Host-hubbub_refresh",
            (Token::Refresh, false) => "hubbub_refresh",
        }
    }
}

/// The token that the request's cookies hold, the `__Host-` one first.
pub fn find(request: &Request, token: Token) -> Option<&str> {
    [true, false].into_iter().find_map(|is_https| find_named(request, token.name(is_https)))
}

fn find_named<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    let lines = request.headers().get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(found, value)| *found == name && !value.is_empty()).map(|(_, value)| value).next()
}

/// Puts a session's tokens into cookies.
pub fn set<T>(answer: Response<T>, request: &Request, grant: &Grant) -> Response<T> {
    let is_https = is_https(request);
    let access = (Token::Access, &grant.access_token, grant.access_expires_in_s);
    let refresh = (Token::Refresh, &grant.refresh_token, grant.refresh_expires_in_s);
    [access, refresh].into_iter().fold(answer, |answer, (token, value, max_age_s)| {
        answer.header(SET_COOKIE, written(token.name(is_https), value, max_age_s, is_https))
    })
}

/// Takes them out again, under every name; a browser ignores those that it could not have.
pub fn clear<T>(answer: Response<T>) -> Response<T> {
    let names = [Token::Access, Token::Refresh].into_iter().flat_map(|token| [(token, true), (token, false)]);
    names.fold(answer, |answer, (token, is_https)| {
        answer.header(SET_COOKIE, written(token.name(is_https), "", 0, is_https))
    })
}

fn written(name: &str, value: &str, max_age_s: i64, is_https: bool) -> String {
    let secure = if is_https { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}")
}

/// Whether the browser speaks https, be it with a proxy before this server. Who claims so wrongly gets cookies that
/// a browser refuses, and no more.
fn is_https(request: &Request) -> bool {
    let forwarded = request.header("x-forwarded-proto").and_then(|schemes| schemes.split(',').next());
    let starts = |text: &str| text.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("https://"));
    forwarded.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
        || request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok()).is_some_and(starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use poem::IntoResponse;

    fn grant() -> Grant {
        Grant {
            access_token: "aaa".into(),
            access_expires_in_s: 900,
            refresh_token: "rrr".into(),
            refresh_expires_in_s: 2_592_000,
        }
    }

    fn lines(answer: Response<()>) -> Vec<String> {
        let answer = answer.into_response();
        answer.headers().get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn over_https_only_this_host_can_set_them() {
        for (name, value) in [("x-forwarded-proto", "https"), ("origin", "https://chat.example.org")] {
            let request = Request::builder().header(name, value).finish();
            assert_eq!(
                lines(set(Response::new(()), &request, &grant())),
                [
                    "__Host-hubbub_access=aaa; Path=/; Max-Age=900; HttpOnly; SameSite=Strict; Secure",
                    "__Host-hubbub_refresh=rrr; Path=/; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure",
                ]
            );
        }
    }

    #[test]
    fn over_http_they_have_their_bare_names() {
        let request = Request::builder().header("origin", "http://localhost:8080").finish();
        let lines = lines(set(Response::new(()), &request, &grant()));
        assert_eq!(lines[0], "hubbub_access=aaa; Path=/; Max-Age=900; HttpOnly; SameSite=Strict");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn all_four_are_cleared() {
        let lines = lines(clear(Response::new(())));
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.contains("=; Path=/; Max-Age=0")));
    }

    #[test]
    fn the_strict_name_is_preferred_and_names_are_compared_whole() {
        let read = |line: &str| {
            let request = Request::builder().header("cookie", line).finish();
            find(&request, Token::Access).map(str::to_owned)
        };
        assert_eq!(read("hubbub_access=1; __Host-hubbub_access=2").as_deref(), Some("2"));
        assert_eq!(read("x=0;hubbub_access=1").as_deref(), Some("1"));
        assert_eq!(read("xhubbub_access=1; hubbub_accessx=2; Hubbub_Access=3; hubbub_access="), None);
    }
}
