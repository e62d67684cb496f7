import Glibc
public import Testing

/// What the Makefile tells the tests, and where the tree is.
public enum TestEnvironment {
  /// The server of the test run: a libpq URI of a superuser and database `postgres`.
  public static let databaseURL = variable("CARILLON_TEST_DATABASE_URL")
  /// The folder of the daemons under test.
  public static let daemons = variable("CARILLON_TEST_BIN")
  /// The interpreter with the clients of Tests/requirements.txt.
  public static let python = variable("CARILLON_TEST_PYTHON")
  /// The interpreter with the clients of Tests/requirements-4.txt, which speak Socket.IO's protocol 4.
  public static let python4 = variable("CARILLON_TEST_PYTHON4")
  /// The folder of Socket.IO's clients for browsers, which infra/dev/bundles.sh fills.
  public static let bundles = variable("CARILLON_TEST_BUNDLES")
  /// How the daemons of stacks meet, and how many there are of each, where a test does not say.
  public static let transport = variable("CARILLON_TEST_BUS").flatMap { Transport(rawValue: $0) } ?? .tcp
  public static let copies = variable("CARILLON_TEST_COPIES").flatMap { Int($0) } ?? 1
  /// Whether copies are killed in turn while tests run.
  static let killsCopies = variable("CARILLON_TEST_KILLS") == "1"
  /// Full runs may not skip: there, missing pieces are failures.
  public static let mayNotSkip = variable("CARILLON_TEST_REQUIRED") == "1"

  /// The root of the source tree, by this file's place in it.
  public static let root = String(#filePath.dropLast("/Tests/Kit/TestEnvironment.swift".count))
  /// Where tests may leave files; removed by the Makefile's run.
  public static let state = variable("CARILLON_TEST_STATE") ?? root + "/.carillon-test"

  static let bare = ["PATH": variable("PATH") ?? "/usr/bin:/bin", "HOME": variable("HOME") ?? "/"]

  static func script(_ name: String) -> String { "\(root)/infra/dev/\(name)" }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension Trait where Self == ConditionTrait {
  /// Skips, with its reason, where no daemons or no server are named; a full run does not skip but fails.
  public static var needsDaemons: Self {
    .enabled(
      if: TestEnvironment.mayNotSkip || (TestEnvironment.daemons != nil && TestEnvironment.databaseURL != nil),
      "CARILLON_TEST_BIN and CARILLON_TEST_DATABASE_URL are not set: run this by 'make system'"
    )
  }
}
