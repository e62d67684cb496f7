import FoundationEssentials
import Glibc
import Kit
import Loop
import Testing

/// The counter's page in a real browser, behind a web server that gives out its files as the old page's did.
@LoopActor
final class CounterPage {
  /// Socket.IO's own client, by its major version.
  enum Bundle: String, CaseIterable, Sendable {
    case old = "socket.io-2.js"
    case current = "socket.io-4.js"
  }

  let browser: ChildProcess
  private let server: ChildProcess

  /// Runs the body while a browser looks at the page.
  static func with(_ bundle: Bundle, of stack: Stack, _ body: @LoopActor (CounterPage) async throws -> Void)
    async throws
  {
    let folder = "\(TestEnvironment.state)/page-\(UUID().uuidString)"
    let page = try await CounterPage(bundle, of: stack, in: folder)
    let result: Result<Void, any Error>
    do { result = .success(try await body(page)) } catch { result = .failure(error) }
    await page.close()
    _ = try? await Command(["/bin/rm", "-rf", folder]).run()
    try result.get()
  }

  private init(_ bundle: Bundle, of stack: Stack, in folder: String) async throws {
    let bundles = try #require(TestEnvironment.bundles, "no bundles of Tests/requirements-browser.txt")
    _ = try await Command(["/bin/mkdir", "-p", "\(folder)/files", "\(folder)/temp"]).run()
    let page = "\(TestEnvironment.root)/Tests/Clients/counter.html"
    _ = try await Command(["/bin/cp", page, "\(folder)/files/index.html"]).run()
    _ = try await Command(["/bin/cp", "\(bundles)/\(bundle.rawValue)", "\(folder)/files/socket.io.js"]).run()
    let port = try Stack.freePort()
    try Data(CounterPage.settings(port, before: stack.httpPort, in: folder).utf8)
      .write(to: URL(filePath: "\(folder)/nginx.conf"))
    server = try ChildProcess(
      ["/usr/sbin/nginx", "-e", "stderr", "-g", "daemon off;", "-c", "\(folder)/nginx.conf"],
      environment: ["PATH": "/usr/bin:/bin"]
    )
    let deadline = ContinuousClock.now + .seconds(20)
    while (try? await TestClient(port: port).get("/").status) != 200 {
      guard ContinuousClock.now < deadline else { throw Overdue(awaited: "nginx", seen: server.tail) }
      try await pause(for: .milliseconds(50))
    }
    browser = try ChildProcess(
      CounterPage.browser(in: folder) + ["http://127.0.0.1:\(port)/"],
      environment: ["PATH": "/usr/bin:/bin", "HOME": folder]
    )
  }

  private func close() async {
    for process in [browser, server] {
      process.signal(SIGTERM)
      if (try? await process.ended()) == nil { process.signal(SIGKILL) }
    }
  }

  private static func settings(_ port: Int, before gateway: Int, in folder: String) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map { "\($0)_temp_path \(folder)/temp/\($0);" }.joined(separator: "\n")
    return """
      worker_processes 1;
      pid \(folder)/nginx.pid;
      error_log stderr;
      events {}
      http {
        access_log off;
        types { text/html html; text/javascript js; }
        \(temporary)
        map $http_upgrade $connection_header { "" ""; default upgrade; }
        server {
          listen 127.0.0.1:\(port);
          root \(folder)/files;
          location /api/ {
            proxy_pass http://127.0.0.1:\(gateway);
            proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_header;
            proxy_buffering off;
          }
        }
      }
      """
  }

  /// It says what pages say on their consoles; names are looked up nowhere, so that nothing leaves this machine. The script
  /// of this name in /usr/bin would not pass signals on.
  private static func browser(in folder: String) -> [String] {
    [
      "/usr/lib/chromium/chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
      "--user-data-dir=\(folder)/profile", "--enable-logging=stderr", "--remote-debugging-port=0",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
  }

  /// Waits until the page says these words, from line `start` on; gives the number of the line after them.
  @discardableResult
  func says(_ words: String, from start: Int = 0) async throws -> Int {
    try await browser.line(words, from: start, within: .seconds(60)) { $0.contains("CONSOLE") && $0.contains(words) }
      + 1
  }
}
