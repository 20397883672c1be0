//! A server of static files for the built site. It behaves like a static host.
//!
//! `trunk serve` does not replace it: that builds the site again at each start, even where `dist` is up to date.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::thread;

use percent_encoding::percent_decode_str;
use tiny_http::{Header, Request, Response, Server, StatusCode};

use crate::failure::{Failure, Outcome};
use crate::project::cannot_read;

/// Browsers open several connections at once; each thread answers one request at a time.
const THREADS: usize = 4;

/// The address of the site.
pub(crate) struct Place {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// The path of the site: it begins and ends with a slash.
    pub(crate) base: String,
}

/// Serves a folder until the program is interrupted.
///
/// # Errors
/// If the folder cannot be read or the port is in use.
pub(crate) fn serve(folder: &Path, place: &Place) -> Outcome {
    let folder = folder
        .canonicalize()
        .map_err(|error| cannot_read(folder, &error))?;
    let server = Server::http(("127.0.0.1", place.port)).map_err(|error| {
        Failure::new(
            format!("cannot serve on port {}", place.port),
            error.to_string(),
            "end the program that uses it, or choose another with --port",
        )
    })?;
    println!(
        "Fathom is at http://{}{} (Ctrl-C ends it).",
        server.server_addr(),
        place.base
    );
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    answer(request, &folder, &place.base);
                }
            });
        }
    });
    Ok(())
}

/// Answers one request. An error means that the visitor has closed the connection.
fn answer(request: Request, folder: &Path, base: &str) {
    let _ = match asked(request.url(), base) {
        Asked::File(file) => match open(folder, &file) {
            Some((opened, mime)) => {
                request.respond(with_headers(Response::from_file(opened), mime))
            }
            None => request.respond(not_found()),
        },
        Asked::Redirect => request.respond(redirect(base)),
        Asked::Outside => request.respond(not_found()),
    };
}

/// The meaning of an address.
#[derive(Debug, PartialEq, Eq)]
enum Asked {
    /// A file, by its path inside the site.
    File(PathBuf),
    /// The site without its last slash, which relative addresses need.
    Redirect,
    /// An address outside the site.
    Outside,
}

/// Reads an address. The result never leads out of the site: each part of its path is a plain name.
fn asked(url: &str, base: &str) -> Asked {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    if format!("{path}/") == base {
        return Asked::Redirect;
    }
    let Some(inside) = path.strip_prefix(base) else {
        return Asked::Outside;
    };
    let mut file = PathBuf::new();
    for part in inside.split('/').filter(|part| !part.is_empty()) {
        match percent_decode_str(part).decode_utf8() {
            Ok(name) if is_plain_name(&name) => file.push(&*name),
            _ => return Asked::Outside,
        }
    }
    if inside.is_empty() || inside.ends_with('/') {
        file.push("index.html");
    }
    Asked::File(file)
}

fn is_plain_name(name: &str) -> bool {
    name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0'])
}

/// Opens a file of the site; none if it is missing, or a link to a file outside.
fn open(folder: &Path, file: &Path) -> Option<(File, &'static str)> {
    let full = folder.join(file).canonicalize().ok()?;
    if !full.starts_with(folder) || !full.is_file() {
        return None;
    }
    Some((File::open(&full).ok()?, mime(&full)))
}

/// The media type of a file. Browsers refuse modules and WebAssembly of any other type.
fn mime(file: &Path) -> &'static str {
    let extension = file.extension().and_then(|end| end.to_str());
    match extension.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn with_headers<R: std::io::Read>(response: Response<R>, mime: &str) -> Response<R> {
    let headers = [
        ("Content-Type", mime),
        ("Cache-Control", "no-cache"),
        ("X-Content-Type-Options", "nosniff"),
    ];
    headers
        .into_iter()
        .filter_map(|(name, value)| header(name, value))
        .fold(response, Response::with_header)
}

/// A header; none if it contains characters that headers exclude.
fn header(name: &str, value: &str) -> Option<Header> {
    Header::from_bytes(name, value).ok()
}

fn not_found() -> Response<impl std::io::Read> {
    let response = Response::from_string("The site has no such file.\n");
    with_headers(
        response.with_status_code(StatusCode(404)),
        "text/plain; charset=utf-8",
    )
}

fn redirect(to: &str) -> Response<impl std::io::Read> {
    let response = Response::empty(StatusCode(308));
    header("Location", to)
        .into_iter()
        .fold(response, Response::with_header)
}

/// A typed sub-path, with a slash at both ends.
///
/// # Errors
/// If a part of it is no plain name.
pub(crate) fn base(typed: &str) -> Outcome<String> {
    let parts: Vec<_> = typed.split('/').filter(|part| !part.is_empty()).collect();
    let is_plain = |part: &&str| is_plain_name(part) && !part.contains(['?', '#', '%', ' ']);
    if !parts.iter().all(is_plain) {
        return Err(Failure::new(
            "cannot serve there",
            format!("{typed:?} is no plain path"),
            "give plain names between slashes, such as /some/path/",
        ));
    }
    Ok(if parts.is_empty() {
        "/".to_owned()
    } else {
        format!("/{}/", parts.join("/"))
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::path::{Path, PathBuf};
    use std::thread;

    use super::{Asked, Server, answer, asked, base, mime, open};
    use crate::project::Scratch;

    #[test]
    fn addresses_become_files() {
        for (url, base, expected) in [
            ("/", "/", "index.html"),
            ("/?link=1#x", "/", "index.html"),
            ("/app.js?v=2", "/", "app.js"),
            ("/a//b.js", "/", "a/b.js"),
            ("/a%20b.png", "/", "a b.png"),
            ("/folder/", "/", "folder/index.html"),
            ("/some/path/", "/some/path/", "index.html"),
            ("/some/path/app.wasm", "/some/path/", "app.wasm"),
        ] {
            let expected = Asked::File(PathBuf::from(expected));
            assert_eq!(asked(url, base), expected, "{url} {base}");
        }
        assert_eq!(asked("/some/path", "/some/path/"), Asked::Redirect);
    }

    #[test]
    fn no_address_leads_out_of_the_site() {
        for url in ["/", "/app.wasm", "/some/pathological"] {
            assert_eq!(asked(url, "/some/path/"), Asked::Outside, "{url}");
        }
        for url in [
            "/..",
            "/../Cargo.toml",
            "/a/../../b",
            "/%2e%2e/b",
            "/%2E%2e%2fb",
            "/..%2fb",
            "/..\\b",
            "/%5cb",
            "/c:/b",
            "/a%00b",
            "/%ff",
            "/.",
            "http://elsewhere/",
        ] {
            assert_eq!(asked(url, "/"), Asked::Outside, "{url}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_site_is_not_followed() {
        let scratch = Scratch::new("serve-link-test").expect("temporary files can be written");
        let site = scratch
            .path()
            .canonicalize()
            .expect("it exists")
            .join("site");
        fs::create_dir(&site).expect("folder");
        fs::write(scratch.path().join("secret"), "secret").expect("file");
        fs::write(site.join("page.html"), "page").expect("file");
        std::os::unix::fs::symlink(scratch.path().join("secret"), site.join("link")).expect("link");
        assert!(open(&site, Path::new("page.html")).is_some());
        assert!(open(&site, Path::new("link")).is_none());
        assert!(open(&site, Path::new("")).is_none(), "a folder is no file");
    }

    #[test]
    fn media_types_are_those_that_browsers_accept() {
        for (name, expected) in [
            ("a.wasm", "application/wasm"),
            ("a.b.mjs", "text/javascript; charset=utf-8"),
            ("a.npy", "application/octet-stream"),
            ("wasm", "application/octet-stream"),
        ] {
            assert_eq!(mime(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn sub_paths_get_their_slashes() {
        for (typed, expected) in [
            ("", "/"),
            ("a", "/a/"),
            ("//a//b//", "/a/b/"),
            ("/a.b-c_d/", "/a.b-c_d/"),
        ] {
            assert_eq!(base(typed).expect("it is plain"), expected, "{typed}");
        }
        for typed in ["/../", "/a?b", "/a b", "/%41", "c:\\a"] {
            assert!(base(typed).is_err(), "{typed}");
        }
    }

    /// Sends one request to a server on a free port; gives the answer.
    fn exchange(request: &str, folder: &Path, base: &str) -> String {
        let server = Server::http(("127.0.0.1", 0)).expect("a free port");
        let address = server.server_addr().to_ip().expect("an address");
        thread::scope(|scope| {
            scope.spawn(|| answer(server.recv().expect("a request"), folder, base));
            let mut stream = TcpStream::connect(address).expect("a connection");
            let headers = "Host: here\r\nConnection: close\r\n\r\n";
            stream
                .write_all(format!("{request} HTTP/1.1\r\n{headers}").as_bytes())
                .expect("sent");
            let mut text = String::new();
            stream.read_to_string(&mut text).expect("an answer");
            text
        })
    }

    #[test]
    fn answers_carry_contents_types_and_no_cache() {
        let scratch = Scratch::new("serve-test").expect("temporary files can be written");
        let site = scratch.path().canonicalize().expect("it exists");
        fs::write(site.join("index.html"), "<p>page</p>").expect("file");
        fs::write(site.join("a.wasm"), "wasm").expect("file");
        for (request, expected) in [
            (
                "GET /x/",
                vec!["200 OK", "text/html", "no-cache", "<p>page</p>"],
            ),
            (
                "GET /x/a.wasm",
                vec!["200 OK", "application/wasm", "no-cache", "wasm"],
            ),
            ("HEAD /x/a.wasm", vec!["200 OK", "Content-Length: 4"]),
            ("GET /x", vec!["308", "Location: /x/"]),
            ("GET /a.wasm", vec!["404"]),
            ("GET /x/../a.wasm", vec!["404"]),
        ] {
            let text = exchange(request, &site, "/x/");
            for part in expected {
                assert!(text.contains(part), "{request} lacks {part}: {text}");
            }
        }
    }
}
