"""Who gets in, and what is refused: over plain HTTP, as no browser would ask."""

import json
import signal
from urllib.parse import urlsplit

from scene import TOKEN, ask, free_port

ACT = {"X_Trawl_Action": "1"}
SAFE = {
    "Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
}


def command_line(report, scene):
    """A mistake is one line, and exit code 64."""
    taken = free_port()
    holder = __import__("socket").socket()
    holder.bind(("127.0.0.1", taken))
    holder.listen()
    (scene.scratch / "short.tokens").write_text("anna short\n")
    store = scene.scratch / "january"
    for words, said in [
        ([], "name a Redis"),
        ([scene.scratch / "nothing"], "no such directory"),
        ([store, "--listen", "0.0.0.0:0"], "TRAWL_DASHBOARD_TOKEN or --token-file"),
        ([store, "--listen", "[::]:0"], "TRAWL_DASHBOARD_TOKEN or --token-file"),
        ([store, "--listen", "example.com:80"], "--listen 'example.com:80'"),
        ([store, "--listen", f"127.0.0.1:{taken}"], "Address already in use"),
        ([store, "--token-file", "short.tokens"], "line 1: a token has 16 characters or more"),
        ([store, "--allow-host", "http://x"], "--allow-host 'http://x'"),
        ([store, "--store", "a=b"], "--store goes with --redis"),
        ([store, "--log-format", "xml"], "--log-format 'xml'"),
    ]:
        done = scene.run("dashboard", *map(str, words))
        fine = done.returncode == 64 and done.stdout == "" and said in done.stderr and done.stderr.count("\n") == 1
        report.check(f"refused with one line: {' '.join(str(word).rsplit('/', 1)[-1] for word in words) or 'nothing'}",
                     fine, (done.returncode, done.stdout, done.stderr))
    holder.close()


def read_only(report, scene, run):
    """Without tokens, on loopback, nothing can be changed."""
    process, url = scene.dashboard("readonly", "--redis", scene.redis_url)
    try:
        host = urlsplit(url).netloc
        for path in ["/", f"/runs/{run}", "/api/session", "/api/runs", f"/api/runs/{run}", f"/api/runs/{run}/history",
                     f"/api/runs/{run}/shards", "/assets/app.js", "/assets/page.css", "/login"]:
            status, headers, _ = ask(url + path)
            missing = [name for name, value in SAFE.items() if value not in (headers[name] or "")]
            report.check(f"{path.replace(run, 'RUN')} is answered, with headers that keep browsers safe",
                         status == 200 and not missing, (status, missing))
        policy = ask(url + "/")[1]["Content-Security-Policy"]
        report.check("the policy lets nothing be inline, evaluated, framed or fetched from elsewhere",
                     "unsafe" not in policy and "frame-ancestors 'none'" in policy and "http" not in policy, policy)

        for path in ["/", "/api/runs", f"/api/runs/{run}/events", "/metrics", "/assets/app.js"]:
            for foreign in ["evil.example", f"evil.example:{host.split(':')[1]}", "192.168.1.7", "127.0.0.1.evil.example"]:
                status = ask(url + path, Host=foreign)[0]
                report.check(f"{path.replace(run, 'RUN')} called {foreign.split(':')[0]} is refused", status == 421, status)
        for path in ["/healthz", "/readyz"]:
            status = ask(url + path, Host="10.0.0.7:8420")[0]
            report.check(f"{path} answers probes by any name", status == 200, status)
        status, headers, text = ask(url + "/metrics", Host=f"localhost:{host.split(':')[1]}")
        report.check("/metrics has the runs", status == 200 and "trawl_run_info{" in text, (status, text[:200]))

        for path in [f"/api/runs/{run}/pause", f"/api/runs/{run}/resume", f"/api/runs/{run}/cancel"]:
            status, _, text = ask(url + path, "POST", "{}", **ACT)
            report.check(f"{path.rsplit('/', 1)[1]} is refused: this dashboard only shows",
                         status == 403 and "only shows" in text, (status, text))
            report.check(f"{path.rsplit('/', 1)[1]} is no GET", ask(url + path)[0] == 405)
        for method in ["PUT", "DELETE", "OPTIONS", "PATCH"]:
            status = ask(f"{url}/api/runs/{run}", method)[0]
            report.check(f"{method} is refused", status in (405, 501), status)
        for path in ["/nothing", "/api/runs/other", "/assets/../Package.swift", "/assets/%2e%2e/x", "/api/runs//events",
                     f"/api/runs/{run}/shards/x"]:
            report.check(f"{path.replace(run, 'RUN')} is not there", ask(url + path)[0] == 404)
        for query in ["from=x", "from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z"]:
            report.check(f"shards?{query} is a mistake", ask(f"{url}/api/runs/{run}/shards?{query}")[0] == 400)
        report.check("the refusals are logged",
                     scene.said("readonly", "err").count("refused POST") >= 3, scene.said("readonly", "err")[-500:])
    finally:
        code = scene.end(process, signal.SIGTERM)
    report.check("SIGTERM ends it with exit code 0", code == 0, code)


def cross_site(report, scene, run):
    """Where actions are allowed, only this server's own page may ask for them."""
    process, url = scene.dashboard("cross", "--redis", scene.redis_url, "--allow-actions")
    try:
        host = urlsplit(url).netloc
        pause = f"{url}/api/runs/{run}/pause"
        for name, headers in {
            "another site's Origin": {"Origin": "http://evil.example", **ACT},
            "no Origin to speak of": {"Origin": "null", **ACT},
            "another port's Origin": {"Origin": "http://127.0.0.1:1", **ACT},
            "a cross-site fetch": {"Sec_Fetch_Site": "cross-site", **ACT},
            "a same-site fetch": {"Sec_Fetch_Site": "same-site", **ACT},
            "a form (no header of ours)": {"Origin": f"http://{host}", "Content_Type": "text/plain"},
        }.items():
            status, answer, text = ask(pause, "POST", "{}", **headers)
            report.check(f"a POST with {name} is refused", status == 403, (status, text))
            report.check(f"… and no browser is told it may read the answer", answer["Access-Control-Allow-Origin"] is None)
        state = json.loads(ask(f"{url}/api/runs/{run}")[2])["state"]
        report.check("the run goes on as if nothing had been", state in ("running", "idle"), state)
        status, _, text = ask(f"{url}/api/runs/{run}/shards/20240101T000000Z-20240101T060000Z/skip", "POST",
                              json.dumps({"reason": " "}), **ACT)
        report.check("a skip without a reason is a mistake", status == 400, (status, text))
        status, _, text = ask(f"{url}/api/runs/{run}/shards/20300101T000000Z-20300101T060000Z/retry", "POST", "{}", **ACT)
        report.check("a shard that is not dead is not retried", status == 409 and "not dead" in text, (status, text))
        status, _, text = ask(pause, "POST", "x" * 20000, **ACT)
        report.check("a long body is refused", status == 413, status)
    finally:
        scene.end(process)


def tokens(report, scene, run):
    """With tokens, nothing is shown without one."""
    (scene.scratch / "tokens").write_text(f"# who may look\nanna {TOKEN}\nben another-token-of-the-test\n")
    process, url = scene.dashboard("tokens", "--redis", scene.redis_url, "--token-file", "tokens", "--allow-actions",
                                   "--allow-host", "trawl.internal")
    try:
        for path in ["/api/session", "/api/runs", "/api/events", f"/api/runs/{run}", f"/api/runs/{run}/events"]:
            status, headers, _ = ask(url + path)
            report.check(f"{path.replace(run, 'RUN')} asks for a token",
                         status == 401 and "Bearer" in (headers["WWW-Authenticate"] or ""), status)
        status, headers, _ = ask(url + "/")
        report.check("the page leads to the login", status == 303 and headers["Location"] == "/login", status)
        status = ask(f"{url}/api/runs/{run}/pause", "POST", "{}", **ACT)[0]
        report.check("an action asks for a token", status == 401, status)
        for wrong in [TOKEN[:-1], TOKEN + "x", "", "anna"]:
            status = ask(url + "/api/runs", Authorization=f"Bearer {wrong}")[0]
            report.check("a wrong token is not let in", status == 401, status)
        status, _, text = ask(url + "/api/session", Authorization=f"Bearer {TOKEN}")
        report.check("a token tells who it is", status == 200 and json.loads(text)["who"] == "anna", (status, text))
        report.check("/healthz asks for none", ask(url + "/healthz")[0] == 200)
        report.check("/metrics asks for none", ask(url + "/metrics", Host="trawl.internal")[0] == 200)

        status, headers, text = ask(url + "/login", "POST", "token=guess", Content_Type="application/x-www-form-urlencoded")
        report.check("a wrong token does not log in", status == 401 and headers["Set-Cookie"] is None, status)
        status = ask(url + "/login", "POST", f"token={TOKEN}", Origin="http://evil.example")[0]
        report.check("another site cannot log anybody in", status == 403, status)
        status, headers, _ = ask(url + "/login", "POST", f"token={TOKEN}", Content_Type="application/x-www-form-urlencoded")
        cookie = headers["Set-Cookie"] or ""
        report.check("the right one does, with a cookie that scripts and other sites do not get",
                     status == 303 and "HttpOnly" in cookie and "SameSite=Strict" in cookie and TOKEN not in cookie,
                     (status, cookie))
        pair = cookie.split(";")[0]
        report.check("the cookie lets in", ask(url + "/api/runs", Cookie=pair)[0] == 200)
        ask(url + "/logout", "POST", "", Cookie=pair)
        report.check("… until one logs out", ask(url + "/api/runs", Cookie=pair)[0] == 401)
        log = scene.said("tokens", "err")
        report.check("logins are logged, tokens are not", "logged in" in log and "who=anna" in log and TOKEN not in log, log)
    finally:
        scene.end(process)
    process = scene.start("open", "dashboard", "--listen", "0.0.0.0:0", "--redis", scene.redis_url,
                          TRAWL_DASHBOARD_TOKEN=TOKEN)
    try:
        url = scene.address("open", process).replace("0.0.0.0", "127.0.0.1")
        report.check("open to the network, it asks for the token of the environment",
                     ask(url + "/api/runs")[0] == 401
                     and ask(url + "/api/runs", Authorization=f"Bearer {TOKEN}")[0] == 200)
    finally:
        scene.end(process)
