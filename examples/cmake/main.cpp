// Fits a logistic regression by Newton's method, without Python.
#include "newton.h"

#include <array>
#include <cstddef>
#include <cstdio>
#include <random>
#include <vector>

namespace {

struct Data {
    std::vector<std::array<double, 3>> rows;
    std::vector<double> labels;
};

// Points of the plane, and on which side of the line 1 + 2 x - 3 y they are; one in ten is told wrongly.
Data draw(std::size_t count)
{
    std::mt19937 bits(1);  // its numbers are the same everywhere, those of std::uniform_real_distribution are not
    const auto uniform = [&bits] { return bits() / 4294967296.0; };
    Data data;
    for (std::size_t i = 0; i < count; ++i) {
        const double x = 2.0 * uniform() - 1.0, y = 2.0 * uniform() - 1.0;
        const double side = 1.0 + 2.0 * x - 3.0 * y > 0.0 ? 1.0 : -1.0;
        data.rows.push_back({1.0, x, y});
        data.labels.push_back(uniform() < 0.1 ? -side : side);
    }
    return data;
}

}  // namespace

int main()
{
    const Data data = draw(2000);
    const auto n = static_cast<std::ptrdiff_t>(data.labels.size());
    std::array<double, 3> weights{}, next{};
    double slope = 1.0;
    int steps = 0;
    for (; slope > 1e-9 && steps < 20; ++steps) {
        if (newton(weights.data(), data.rows.front().data(), data.labels.data(), next.data(), &slope, n) != GG_OK) return 1;
        weights = next;
    }
    std::printf("%d steps, line %.3f %.3f %.3f\n", steps, 1.0, weights[1] / weights[0], weights[2] / weights[0]);
    return slope < 1e-9 ? 0 : 1;
}
