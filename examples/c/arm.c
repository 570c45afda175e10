/* Moves the hand of the arm to a point by Newton's steps, and fits a rate of decay, without Python.
 *
 *     gradgen build kernels.py -o build --c
 *     cc -std=c11 -O2 -Ibuild arm.c build/kernels.c -lm -o arm
 */
#include "kernels.h"

#include <math.h>
#include <stdio.h>

/* Steps of least squares: angles += J^T (J J^T)^-1 (target - hand). */
static int reach(const double target[2], double angles[3])
{
    for (int step = 0; step < 20; ++step) {
        double hand[2], J[2][3];
        const int status = hand_value_and_jacobian(angles, hand, J[0]);
        if (status != GG_OK) return status;
        const double dx = target[0] - hand[0], dy = target[1] - hand[1];
        double a = 0.0, b = 0.0, c = 0.0;
        for (int i = 0; i < 3; ++i) {
            a += J[0][i] * J[0][i];
            b += J[0][i] * J[1][i];
            c += J[1][i] * J[1][i];
        }
        const double det = a * c - b * b, u = (c * dx - b * dy) / det, v = (a * dy - b * dx) / det;
        for (int i = 0; i < 3; ++i) angles[i] += J[0][i] * u + J[1][i] * v;
    }
    return GG_OK;
}

int main(void)
{
    const double target[2] = {0.5, 0.4};
    double angles[3] = {0.3, 0.3, 0.3}, hand[2], J[6];
    if (reach(target, angles) != GG_OK || hand_value_and_jacobian(angles, hand, J) != GG_OK) return 1;
    printf("hand at (%.6f, %.6f)\n", hand[0], hand[1]);

    const double times[5] = {0.0, 0.5, 1.0, 1.5, 2.0};
    double measured[5], rate = 0.5, value = 0.0, slope = 0.0;
    for (int i = 0; i < 5; ++i) measured[i] = exp(-1.7 * times[i]);
    for (int step = 0; step < 300; ++step) {
        if (misfit_value_and_grad(rate, times, measured, &value, &slope, 5) != GG_OK) return 1;
        rate -= 5.0 * slope;
    }
    printf("rate %.6f\n", rate);
    return 0;
}
