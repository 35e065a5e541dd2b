import CLongTailCodecs

extension PixelImage {
    /// Columns first, then rows, rounded to bytes in between; only rows that the second pass reads go through the first.
    ///
    /// Pillow's bytes, but that Pillow 13 takes the rows first for some shapes, after which a byte may differ by one.
    func resampled(across: Resampling, down: Resampling) -> PixelImage {
        let rows = down.source
        if across.isCopy, down.isCopy {
            let part = Box(
                top: rows.lowerBound, left: across.source.lowerBound, height: rows.count, width: across.count)
            return part == Box(size) ? self : cropped(part)
        }
        if across.isCopy {
            let columns = Box(top: 0, left: across.source.lowerBound, height: height, width: across.count)
            return (columns == Box(size) ? self : cropped(columns)).resampledRows(down)
        }
        let columns = PixelImage(height: rows.count, width: across.count) { output in
            bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                across.withAxis {
                    longtail_resample_columns(
                        from + 3 * width * rows.lowerBound, rows.count, width, to, across.count, $0)
                }
            }
        }
        return down.isCopy ? columns : columns.resampledRows(down.moved(-rows.lowerBound))
    }

    private func resampledRows(_ down: Resampling) -> PixelImage {
        PixelImage(height: down.count, width: width) { output in
            bytes.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return }
                down.withAxis { longtail_resample_rows(from, 3 * width, to, down.count, $0) }
            }
        }
    }
}
