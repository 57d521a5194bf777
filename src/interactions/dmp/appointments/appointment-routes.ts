/** The routes of appointments (Appointment). */
import type { DmpRoute } from '../dmp-route.ts'
import { createAppointment, updateAppointment } from './put-in-appointment.ts'
import { appointmentHistory, readAppointmentById, searchAppointments } from './read-appointments.ts'

export const appointmentRoutes: readonly DmpRoute[] = [
  {
    method: 'POST',
    url: '/Appointment',
    interaction: 'push-appointment',
    need: { type: 'Appointment', letter: 'c' },
    rest: { type: 'Appointment', code: 'create' },
    answer: (engine, exchange, { body }) => createAppointment(engine, exchange, body),
  },
  {
    method: 'PUT',
    url: '/Appointment/:id',
    interaction: 'update-appointment',
    need: { type: 'Appointment', letter: 'u' },
    rest: { type: 'Appointment', code: 'update' },
    answer: updateAppointment,
  },
  {
    method: 'GET',
    url: '/Appointment/:id',
    interaction: 'read-resource',
    need: { type: 'Appointment', letter: 'r' },
    rest: { type: 'Appointment', code: 'read' },
    answer: (engine, exchange, { id }) => readAppointmentById(engine, exchange, id),
  },
  {
    method: 'GET',
    url: '/Appointment/:id/_history/:version',
    interaction: 'vread-resource',
    need: { type: 'Appointment', letter: 'r' },
    rest: { type: 'Appointment', code: 'vread' },
    answer: (engine, exchange, { id, version }) => readAppointmentById(engine, exchange, id, version),
  },
  {
    method: 'GET',
    url: '/Appointment/:id/_history',
    interaction: 'appointment-history',
    need: { type: 'Appointment', letter: 'r' },
    rest: { type: 'Appointment', code: 'history-instance' },
    answer: (engine, exchange, { id, pairs }) => appointmentHistory(engine, exchange, id, pairs),
  },
  {
    method: 'GET',
    url: '/Appointment',
    interaction: 'search-appointments',
    need: { type: 'Appointment', letter: 's' },
    rest: { type: 'Appointment', code: 'search-type' },
    answer: (engine, exchange, { pairs }) => searchAppointments(engine, exchange, pairs),
  },
  {
    method: 'POST',
    url: '/Appointment/_search',
    interaction: 'search-appointments',
    need: { type: 'Appointment', letter: 's' },
    rest: { type: 'Appointment', code: 'search-type' },
    formBody: true,
    answer: (engine, exchange, { pairs }) => searchAppointments(engine, exchange, pairs),
  },
]
