import Foundation
import TestSupport

/// Runs the program that was built with the tests.
func facestream(
  _ arguments: [String], input: Data? = nil, in folder: URL? = nil
) throws -> ProcessResult {
  try runProcess(facestreamPath, arguments, input: input, in: folder)
}

/// Where the package manager puts the program: beside the test bundle.
let facestreamPath = Bundle.main.bundleURL.appending(path: "facestream").path
